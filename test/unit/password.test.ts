import { isKnownPassword } from '../../src/domain/password/known-passwords.js';
import {
  decidePassword,
  isPresentable,
  normalisePassword,
  PASSWORD_MAX_CHARACTERS,
  PASSWORD_MIN_CHARACTERS,
} from '../../src/domain/password/password.js';

const owner = { email: 'Ada.Lovelace@Example.com', name: 'Ada Lovelace' };
const composed = 'caf\u00e9 au lait';
const decomposed = 'cafe\u0301 au lait';
const hangul = '\ud55c'; // one character, three when decomposed
const oneMegabyte = 'x'.repeat(1_048_576);

describe('password policy', () => {
  it.each([
    ['of 8 characters', 'kV9$mzQ2'],
    ['of 8 emoji', '🦊🐙🦉🐢🐝🦀🐌🐧'],
    ['of 64 characters', 'correct horse battery staple '.repeat(3).slice(0, 64)],
    ['of the greatest length', 'aB3$'.repeat(PASSWORD_MAX_CHARACTERS / 4)],
    ['of the greatest length, twice as long in UTF-16', '🦊'.repeat(PASSWORD_MAX_CHARACTERS)],
    ['of the greatest length, three times as long before NFC', hangul.repeat(PASSWORD_MAX_CHARACTERS).normalize('NFD')],
    ['with spaces at its ends', '  kV9$mz  '],
    ['of one kind of character', 'zgfbwqlkvnxm'],
    ['that only contains the name', 'ada lovelace counts'],
  ])('accepts one %s', (_, password) => {
    expect(decidePassword(password, owner)).toBe('ok');
  });

  it.each([
    ['empty', ''],
    ['of 7 characters', 'kV9$mzQ'],
    ['of 7 emoji, 14 units of UTF-16', '🦊🐙🦉🐢🐝🦀🐌'],
    ['of 7 characters, 14 before NFC', 'e\u0301'.repeat(7)],
  ])('finds one weak that is %s', (_, password) => {
    expect(decidePassword(password, owner)).toEqual({
      weak: true,
      breached: false,
      why: `A password has at least ${PASSWORD_MIN_CHARACTERS} characters.`,
    });
  });

  it.each(['password1', '12345678', 'PassWord1', 'iloveyou', 'qwertyuiop', 'trustno1'])(
    'finds %s weak and breached: it is in the list of known passwords',
    (password) => {
      expect(decidePassword(password, owner)).toMatchObject({ weak: true, breached: true });
    },
  );

  it.each([
    ['the e-mail address', 'Ada.Lovelace@Example.com'],
    ['the e-mail address in another case', 'ADA.lovelace@EXAMPLE.COM'],
    ['its local part', 'ada.lovelace'],
    ['the name', 'ada LOVELACE'],
    ['the name in full-width letters', 'Ａｄａ Ｌｏｖｅｌａｃｅ'],
    ['the name between spaces', ' Ada Lovelace '],
  ])('finds one weak that is %s', (_, password) => {
    expect(decidePassword(password, owner)).toMatchObject({ weak: true, breached: false });
  });

  it.each([
    ['too_long', 'one character too long', 'aB3$'.repeat(PASSWORD_MAX_CHARACTERS / 4) + 'a'],
    ['too_long', 'one emoji too long', '🦊'.repeat(PASSWORD_MAX_CHARACTERS + 1)],
    ['too_long', 'a megabyte', oneMegabyte],
    ['malformed', 'with NUL', 'kV9$mzQ2\0tail'],
    ['malformed', 'with half a surrogate pair', 'kV9$mzQ2\ud83d'],
    ['malformed', 'with the other half', '\udd8akV9$mzQ2'],
  ])('reports %s for one %s', (issue, _, password) => {
    expect(decidePassword(password, owner)).toEqual({ issue, message: expect.any(String) });
    expect(isPresentable(password)).toBe(false);
  });

  it('never repeats the password in what it says', () => {
    for (const password of ['kV9$mzQ', 'trustno1', 'ada lovelace', 'kV9$mzQ2\0tail', '🦊'.repeat(257)]) {
      expect(JSON.stringify(decidePassword(password, owner))).not.toContain(password);
    }
  });
});

describe('a password that is presented', () => {
  it.each([
    [true, 'of one character: rules may have changed since it was chosen', 'x'],
    [true, 'in the list of known passwords', 'password1'],
    [false, 'empty', ''],
  ])('is presentable (%s) when it is %s', (expected, _, password) => {
    expect(isPresentable(password)).toBe(expected);
  });

  it('is one password in composed and decomposed form', () => {
    expect(decomposed).not.toBe(composed);
    expect(normalisePassword(decomposed)).toBe(normalisePassword(composed));
  });

  it('keeps case, spaces and compatibility characters', () => {
    expect(normalisePassword(' Ａa ﬁ ')).toBe(' Ａa ﬁ ');
  });
});

describe('the list of known passwords', () => {
  it.each([
    [true, 'iloveyou'],
    [true, 'ILoveYou'],
    [false, 'zgfbwqlkvnxm'],
    [false, '__proto__'],
    [false, 'constructor of things'],
  ])('answers %s for %s', (expected, password) => {
    expect(isKnownPassword(password)).toBe(expected);
  });
});
