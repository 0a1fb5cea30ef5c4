import { randomBytes } from 'node:crypto';
import { weaknessOfSecret } from '../../src/config/weak-secret.js';

describe('a secret that can be guessed', () => {
  it.each([
    ['too short', 'k3J9vX0b7Tz2LrWm5YdCfHs8PaGeN1u', 'it has 31 bytes, and at least 32 are needed'],
    ['one character over and over', 'a'.repeat(64), 'it repeats itself'],
    ['a few characters over and over', 'abcabcab'.repeat(8), 'it repeats itself'],
    ['half a secret, twice', 'k3J9vX0b7Tz2LrWmk3J9vX0b7Tz2LrWm', 'it repeats itself'],
    ['the hex digits, twice', '0123456789abcdef0123456789abcdef', 'it repeats itself'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'it is a sequence'],
    ['the alphabet backwards', '9876543210zyxwvutsrqponmlkjihgfedcba', 'it is a sequence'],
    ['an example', 'changeme-please-changeme-now-changeme!', 'it looks like an example'],
    ['a description of itself', 'my-super-secret-key-for-development', 'it looks like an example'],
  ])('is told why: %s', (_, secret, why) => {
    expect(weaknessOfSecret(secret)).toBe(why);
  });
});

describe('a secret that cannot', () => {
  it.each([
    ['a long passphrase that has such a word in it', 'seven default llamas jump over the quiet moonlit barn'],
    ['text beyond ASCII', 'żółć-gęślą-jaźń-πρωί-βράδυ-ночь'],
    ['32 digits of hex', '9f86d081884c7d659a2feaa0c55ad015'],
  ])('is taken: %s', (_, secret) => {
    expect(weaknessOfSecret(secret)).toBeNull();
  });

  it.each(['hex', 'base64', 'base64url'] as const)('is taken when it is 32 random bytes in %s', (encoding) => {
    const refused = Array.from({ length: 1000 }, () => randomBytes(32).toString(encoding)).filter(weaknessOfSecret);
    expect(refused).toEqual([]);
  });
});
