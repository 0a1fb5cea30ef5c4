import fc from 'fast-check';
import { decrypt, encrypt } from '../../src/domain/signing-keys/encryption.js';

const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);
const plaintext = Buffer.from('{"kty":"OKP","crv":"Ed25519","d":"a private key"}');
const sealed = encrypt(key, 'kid-1', plaintext);

describe('encryption of signing keys', () => {
  it('gives back what was encrypted', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 4_096 }), (kid, bytes) => {
        expect(decrypt(key, kid, encrypt(key, kid, bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('shows nothing of it, not even that two are the same', () => {
    expect(sealed.includes('private')).toBe(false);
    expect(encrypt(key, 'kid-1', plaintext)).not.toEqual(sealed);
  });

  it('is closed to another key', () => {
    expect(decrypt(otherKey, 'kid-1', sealed)).toBeNull();
  });

  it('does not let one key pass for another: it belongs to its key id', () => {
    expect(decrypt(key, 'kid-2', sealed)).toBeNull();
  });

  it('is refused when any one bit of it is flipped', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(decrypt(key, 'kid-1', changed)).toBeNull();
    }
  });

  it('is refused when it is cut, wherever', () => {
    for (let length = 0; length < sealed.length; length++)
      expect(decrypt(key, 'kid-1', sealed.subarray(0, length))).toBeNull();
  });
});
