import { DEVICE_NAME_MAX_CHARACTERS, parseDeviceName } from '../../src/domain/device/device-name.js';

describe('device name', () => {
  it.each([
    ['as it is', 'Kitchen tablet', 'Kitchen tablet'],
    ['without the spaces around it', '  Work \t', 'Work'],
    ['in NFC', 'cafe\u0301', 'caf\u00e9'],
    ['in any script', '스마트폰 / הנייד שלי', '스마트폰 / הנייד שלי'],
    ['with joined emoji', '👩‍💻 laptop', '👩‍💻 laptop'],
    ['of the greatest length', '🦊'.repeat(DEVICE_NAME_MAX_CHARACTERS), '🦊'.repeat(DEVICE_NAME_MAX_CHARACTERS)],
    ['of one character', 'x', 'x'],
  ])('is taken %s', (_, text, name) => {
    expect(parseDeviceName(text)).toEqual({ ok: true, name });
  });

  it.each([
    ['empty', ''],
    ['blank', ' \u00a0 '],
    ['invisible', '\u200b\u200d'],
    ['too long', 'x'.repeat(DEVICE_NAME_MAX_CHARACTERS + 1)],
    ['on two lines', 'a\nb'],
    ['with NUL', 'a\0b'],
    ['with an escape sequence', 'a\u001b[31mb'],
    ['with a direction override', 'a\u202egpj.exe'],
    ['with a direction isolate', 'a\u2066b'],
    ['with a line separator', 'a\u2028b'],
    ['with half a surrogate pair', 'a\ud83d'],
  ])('is refused when it is %s', (_, text) => {
    expect(parseDeviceName(text)).toEqual({ ok: false, message: expect.stringContaining('A device name has') });
  });
});
