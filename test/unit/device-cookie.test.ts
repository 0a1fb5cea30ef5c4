import { readDevices, signDevice } from '../../src/domain/device/device-cookie.js';
import { deriveKeys } from '../../src/domain/key-derivation.js';
import { TEST_SECRET } from '../support/gateway.js';
import { earlierDeviceCookieOf } from '../support/minted-tokens.js';

const key = new Uint8Array(32).fill(1);
const previousKey = new Uint8Array(32).fill(2);
const keyOfTests = deriveKeys(TEST_SECRET).device;
const deviceId = '0198c0de-0000-7000-8000-0000000000ff';
const proven = { deviceId, passwordVersion: 7 };
const keys = { signing: key, verifying: [key, previousKey] };
const cookie = signDevice(keys, proven);

describe('device cookie', () => {
  it('reads back the device that it was signed for', () => {
    expect(readDevices([key], cookie)).toEqual([proven]);
  });

  it('is valid while any of the keys is the one that signed it', () => {
    expect(readDevices([key, previousKey], signDevice({ signing: previousKey, verifying: [] }, proven))).toEqual([
      proven,
    ]);
    expect(readDevices([key], signDevice({ signing: previousKey, verifying: [] }, proven))).toEqual([]);
    expect(readDevices([], cookie)).toEqual([]);
  });

  it('fits a cookie as it stands', () => {
    expect(cookie).toMatch(/^[\w-]{71}$/);
  });

  it('keeps the devices of four people, the last one first, and nothing that we did not sign', () => {
    const people = [1, 2, 3, 4, 5].map((nth) => ({ deviceId: `${deviceId.slice(0, -1)}${nth}`, passwordVersion: nth }));
    const shared = people.reduce(
      (presented, person) => signDevice(keys, person, presented),
      `nothing.${cookie}.of.ours`,
    );
    expect(readDevices([key], shared)).toEqual(people.toReversed().slice(0, 4));
    expect(shared).toMatch(/^[\w-]{71}(\.[\w-]{71}){3}$/);

    const again = signDevice(keys, { ...people[2]!, passwordVersion: 9 }, shared);
    expect(readDevices([key], again).map(({ passwordVersion }) => passwordVersion)).toEqual([9, 5, 4, 2]);
    expect(readDevices([key], `${shared}.${cookie}`)).toEqual([]);
  });

  it('of before, without a password version, is read as well', () => {
    expect(readDevices([keyOfTests], earlierDeviceCookieOf(deviceId))).toEqual([{ deviceId, passwordVersion: null }]);
    expect(readDevices([key], earlierDeviceCookieOf(deviceId))).toEqual([]);
  });

  it.each([
    ['absent', null],
    ['empty', ''],
    ['of another version', flip(cookie, 0)],
    ['for another device', flip(cookie, 16)],
    ['under another password', flip(cookie, 20)],
    ['with one bit of the tag flipped', flip(cookie, 52)],
    ['truncated', cookie.slice(0, -1)],
    ['lengthened', `${cookie}A`],
    ['padded', `${cookie}==`],
    ['in another spelling of the same bytes', respell(cookie)],
    ['with a character outside the alphabet', cookie.slice(0, -1) + ' '],
    ['of the right length outside ASCII', 'é'.repeat(71)],
    ['a megabyte', 'A'.repeat(1_048_576)],
  ])('refuses a value that is %s', (_, bad) => {
    expect(bad).not.toBe(cookie);
    expect(readDevices([key], bad)).toEqual([]);
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
