import { readDevice, signDevice } from '../../src/domain/device/device-cookie.js';

const key = new Uint8Array(32).fill(1);
const previousKey = new Uint8Array(32).fill(2);
const deviceId = '0198c0de-0000-7000-8000-0000000000ff';
const cookie = signDevice(key, deviceId);

describe('device cookie', () => {
  it('reads back the device that it was signed for', () => {
    expect(readDevice([key], cookie)).toBe(deviceId);
  });

  it('is valid while any of the keys is the one that signed it', () => {
    expect(readDevice([key, previousKey], signDevice(previousKey, deviceId))).toBe(deviceId);
    expect(readDevice([key], signDevice(previousKey, deviceId))).toBeNull();
    expect(readDevice([], cookie)).toBeNull();
  });

  it('fits a cookie as it stands', () => {
    expect(cookie).toMatch(/^[\w-]{66}$/);
  });

  it.each([
    ['empty', ''],
    ['of another version', flip(cookie, 0)],
    ['for another device', flip(cookie, 16)],
    ['with one bit of the tag flipped', flip(cookie, 48)],
    ['truncated', cookie.slice(0, -1)],
    ['lengthened', `${cookie}A`],
    ['padded', `${cookie}==`],
    ['in another spelling of the same bytes', respell(cookie)],
    ['with a character outside the alphabet', cookie.slice(0, -1) + ' '],
    ['of the right length outside ASCII', 'é'.repeat(66)],
    ['a megabyte', 'A'.repeat(1_048_576)],
  ])('refuses a value that is %s', (_, bad) => {
    expect(bad).not.toBe(cookie);
    expect(readDevice([key], bad)).toBeNull();
  });
});

function flip(good: string, at: number): string {
  const bytes = Buffer.from(good, 'base64url');
  bytes[at]! ^= 1;
  return bytes.toString('base64url');
}

/** The last character carries four bits that no byte uses: fifteen other characters decode to the same bytes. */
function respell(good: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1)!) ^ 1]!;
}
