import { parseEmail, parseName, parseNewEmail } from '../../src/domain/user/parse.js';

describe('e-mail address', () => {
  it.each([
    ['as it is', 'ada@example.org', 'ada@example.org', 'ada@example.org'],
    ['in capitals', 'Ada@EXAMPLE.org', 'Ada@EXAMPLE.org', 'ada@example.org'],
    ['with space around it', ' ada@example.org\n', 'ada@example.org', 'ada@example.org'],
    ['in full-width letters', 'ａｄａ@example.org', 'ａｄａ@example.org', 'ada@example.org'],
    ['with a full-width at sign', 'ada＠example.org', 'ada＠example.org', 'ada@example.org'],
    ['with a tag', 'ada+news@example.org', 'ada+news@example.org', 'ada+news@example.org'],
    ['with an accent in two characters', 'zoe\u0308@example.org', 'zoë@example.org', 'zoë@example.org'],
    ['with an accent in one character', 'zoë@example.org', 'zoë@example.org', 'zoë@example.org'],
    ['with a domain in Unicode', 'ann@Bücher.example', 'ann@Bücher.example', 'ann@xn--bcher-kva.example'],
    [
      'with a domain in Punycode',
      'ann@XN--bcher-kva.example',
      'ann@XN--bcher-kva.example',
      'ann@xn--bcher-kva.example',
    ],
  ])('written %s keeps its spelling for people and has one key', (_, typed, display, key) => {
    expect(parseEmail(typed)).toEqual({ ok: true, value: { display, key } });
  });

  it.each([
    ['empty', ''],
    ['a word', 'ada'],
    ['without a domain', 'ada@'],
    ['without a name', '@example.org'],
    ['with a domain of one word', 'ada@localhost'],
    ['two addresses', 'ada@example.org,bob@example.org'],
    ['with a name before it', 'Ada <ada@example.org>'],
    ['with a space inside', 'ada lovelace@example.org'],
    ['with NUL', 'ada\u0000@example.org'],
    ['with a line feed inside', 'ada@example.org\nbcc:bob@example.org'],
    ['with a zero-width space', 'ada\u200b@example.org'],
    ['with a soft hyphen', 'a\u00adda@example.org'],
    ['with a text-direction override', '\u202eada@example.org'],
    ['with half a character', 'ada\ud800@example.org'],
    ['with a private-use character', 'ada\ue000@example.org'],
    ['longer than an address can be', `${'a'.repeat(60)}@${'b.'.repeat(100)}example.org`],
    ['a megabyte', `${'a'.repeat(1_048_576)}@example.org`],
  ])('that is %s is refused with a sentence', (_, bad) => {
    expect(parseEmail(bad)).toEqual({ ok: false, message: 'Enter an e-mail address like name@example.org.' });
  });

  it.each([
    ['with a quoted name', '"ann lovelace"@example.org'],
    ['with quotes around what needs none', '"ann"@example.org'],
    ['with one Cyrillic letter', '\u0430nn@example.org'],
    ['with one Greek letter', 'an\u03bd@example.org'],
    ['with one Cyrillic letter in its domain', 'ann@\u0435xample.org'],
    ['with one Cyrillic letter in its domain, in Punycode', 'ann@xn--xample-2of.org'],
  ])('that is %s opens no account', (_, typed) => {
    expect(parseNewEmail(typed).ok).toBe(false);
    expect(parseEmail(typed).ok).toBe(true);
  });

  it.each(['ann@example.org', 'zoë@example.org', 'анна.1@example.org', '山田-taro@example.org', 'ann@пример.com'])(
    'in one way of writing opens an account: %s',
    (typed) => {
      expect(parseNewEmail(typed).ok).toBe(true);
    },
  );

  it('never expands beyond its length in a compatibility form', () => {
    expect(parseEmail(`${'ﷺ'.repeat(30)}@example.org`).ok).toBe(false); // 30 characters that NFKC makes 540
  });
});

describe('name', () => {
  it.each([
    ['a plain name', 'Ada Lovelace', 'Ada Lovelace'],
    ['space around it', '  Ada\t', 'Ada'],
    ['another script', '山田太郎', '山田太郎'],
    ['an accent in two characters', 'Zoe\u0308', 'Zoë'],
    ['an apostrophe and a hyphen', "Anne-Marie O'Neill", "Anne-Marie O'Neill"],
    ['100 characters', 'a'.repeat(100), 'a'.repeat(100)],
    ['100 characters of two code units each', '😀'.repeat(100), '😀'.repeat(100)],
  ])('takes %s', (_, typed, name) => {
    expect(parseName(typed)).toEqual({ ok: true, value: name });
  });

  it.each([
    ['empty', '', 'Enter a name.'],
    ['space alone', ' \t ', 'Enter a name.'],
    ['with NUL', 'A\u0000da', 'A name has no control or invisible characters.'],
    ['with a line feed inside', 'Ada\nLovelace', 'A name has no control or invisible characters.'],
    ['with a zero-width space', 'Ada\u200b', 'A name has no control or invisible characters.'],
    ['with a text-direction override', '\u202eAda', 'A name has no control or invisible characters.'],
    ['with half a character', 'Ada\ud800', 'A name has no control or invisible characters.'],
    ['101 characters', 'a'.repeat(101), 'A name has at most 100 characters.'],
    ['101 characters of two code units each', '😀'.repeat(101), 'A name has at most 100 characters.'],
    ['a megabyte', 'a'.repeat(1_048_576), 'A name has at most 100 characters.'],
  ])('refuses one that is %s, and says why', (_, bad, message) => {
    expect(parseName(bad)).toEqual({ ok: false, message });
  });
});
