import fc from 'fast-check';
import { mint, read, type RefreshKeys } from '../../src/domain/refresh-token.js';

const key = { id: 7, secret: new Uint8Array(32).fill(1) };
const previousKey = { id: 8, secret: new Uint8Array(32).fill(2) };
const keys: RefreshKeys = { minting: key, verifying: new Map([[7, key]]) };
const sessionId = '0198c0de-0000-7000-8000-0000000000ff';
const token = mint(keys, sessionId, 41n);

const TOKEN_BITS = 58 * 8;
const LARGEST_COUNTER = 2n ** 63n - 2n;

describe('refresh token', () => {
  it('reads back the session and counter that it was minted for', () => {
    expect(read(keys, token)).toEqual({ sessionId, counter: 41n });
  });

  it('reads back any session and any counter that the database can hold', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.bigInt({ min: 0n, max: LARGEST_COUNTER }), (session, counter) => {
        expect(read(keys, mint(keys, session, counter))).toEqual({ sessionId: session, counter });
      }),
    );
  });

  it('is the same whenever it is minted for the same counter', () => {
    expect(mint(keys, sessionId, 41n)).toBe(token);
    expect(mint(keys, sessionId, 42n)).not.toBe(token);
  });

  it('keeps the format that clients and databases hold today', () => {
    expect(token).toBe('fgr_AQcBmMDeAABwAIAAAAAAAAD_AAAAAAAAACnEQ_uRUr_NHSEtVPkcTNItZGWPVJtMrfOzcsKiNPwgSA');
    expect(token).toHaveLength(82);
  });

  it('is valid while its key still verifies, whichever key mints now', () => {
    const rotated: RefreshKeys = { minting: previousKey, verifying: new Map([...keys.verifying, [8, previousKey]]) };
    expect(read(rotated, token)).toEqual({ sessionId, counter: 41n });
    expect(read(rotated, mint(rotated, sessionId, 41n))).toEqual({ sessionId, counter: 41n });
    expect(read(keys, mint(rotated, sessionId, 41n))).toBeNull();
  });

  it('is refused when any one bit of it is flipped', () => {
    for (let bit = 0; bit < TOKEN_BITS; bit++) expect(read(keys, flipBit(token, bit))).toBeNull();
  });

  it('is refused under another key of the same id', () => {
    const other = { id: 7, secret: new Uint8Array(32).fill(3) };
    expect(read({ minting: other, verifying: new Map([[7, other]]) }, token)).toBeNull();
  });

  it.each([
    ['empty', ''],
    ['the prefix alone', 'fgr_'],
    ['without its prefix', token.slice(4)],
    ['of another prefix', token.replace('fgr_', 'fgx_')],
    ['of the prefix in capitals', token.replace('fgr_', 'FGR_')],
    ['truncated', token.slice(0, -1)],
    ['lengthened', `${token}A`],
    ['padded', `${token}==`],
    ['followed by a space', `${token.slice(0, -1)} `],
    ['in another spelling of the same bytes', respell(token)],
    ['in the other base64 alphabet', `fgr_${token.slice(4).replaceAll('-', '+').replaceAll('_', '/')}`],
    ['of the right length outside ASCII', `fgr_${'é'.repeat(78)}`],
    ['beyond what the database can count', mint(keys, sessionId, LARGEST_COUNTER + 1n)],
    ['of the largest counter that fits its bytes', mint(keys, sessionId, 2n ** 64n - 1n)],
    ['a megabyte', 'A'.repeat(1_048_576)],
  ])('refuses a token that is %s', (_, bad) => {
    expect(bad).not.toBe(token);
    expect(read(keys, bad)).toBeNull();
  });

  it('refuses whatever else is presented', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ minLength: 58, maxLength: 58 }), (text, bytes) => {
        expect(read(keys, text)).toBeNull();
        expect(read(keys, `fgr_${Buffer.from(bytes).toString('base64url')}`)).toBeNull();
      }),
    );
  });
});

function flipBit(good: string, bit: number): string {
  const bytes = Buffer.from(good.slice(4), 'base64url');
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return `fgr_${bytes.toString('base64url')}`;
}

/** The last character carries four bits that no byte uses: fifteen other characters decode to the same bytes. */
function respell(good: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1)!) ^ 1]!;
}
