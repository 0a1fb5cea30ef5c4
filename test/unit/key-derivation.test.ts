import { createHmac } from 'node:crypto';
import { deriveKeys } from '../../src/domain/key-derivation.js';

const secret = 'vJ3kX9qLr7Wm2ZsTf5Yh8BnCd1GpEu4A';

describe('derived keys', () => {
  const keys = deriveKeys(secret);

  it('are the same whenever they are derived from the same secret', () => {
    expect(deriveKeys(secret)).toEqual(keys);
  });

  it.each(['refresh', 'device', 'encryption'] as const)(
    'has 32 bytes for %s, and others from another secret',
    (name) => {
      expect(keys[name]).toHaveLength(32);
      expect(deriveKeys(`${secret}.`)[name]).not.toEqual(keys[name]);
    },
  );

  it('differ from purpose to purpose', () => {
    const hex = [keys.refresh, keys.device, keys.encryption].map((key) => Buffer.from(key).toString('hex'));
    expect(new Set(hex).size).toBe(3);
  });

  it.each([
    ['kid', [keys.id]],
    ['fluxgate refresh token v1', [...keys.refresh]],
    ['fluxgate device cookie v1', [...keys.device]],
    ['fluxgate signing key encryption v1', [...keys.encryption]],
  ])('are those of RFC 5869 for the label "%s": what was made with them stays readable', (label, bytes) => {
    expect([...hkdfByTheBook(secret, label).subarray(0, bytes.length)]).toEqual(bytes);
  });
});

/** RFC 5869 §2, without a salt, for up to 32 bytes. */
function hkdfByTheBook(inputKey: string, info: string): Buffer {
  const pseudorandomKey = createHmac('sha256', Buffer.alloc(32)).update(inputKey).digest();
  return createHmac('sha256', pseudorandomKey).update(info).update(Buffer.of(1)).digest();
}
