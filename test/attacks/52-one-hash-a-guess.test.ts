import { hashSync as argon2 } from '@node-rs/argon2';
import { createPasswordHasher, type PasswordHasher } from '../../src/domain/password/hasher.js';

const COMPOSED = 'caf\u00e9 au lait 1';
const DECOMPOSED = 'cafe\u0301 au lait 1';
const GUESSES = 10;
const ROUNDS = 4;

let hasher: PasswordHasher;
let ours: string;
beforeAll(async () => {
  hasher = createPasswordHasher({ threads: 1, queueLimit: GUESSES });
  ours = await hasher.hash('somebody’s own password');
});
afterAll(() => hasher.close());

/** Microseconds of processor time, on all threads, at the quietest of several times. */
async function processorTime(stored: string | null, guess: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    for (let at = 0; at < GUESSES; at += 1) expect(await hasher.verify(stored, guess)).toBe(false);
    const { user, system } = process.cpuUsage(start);
    times.push(user + system);
  }
  return Math.min(...times);
}

describe('52. a guess that is not in the normal form', () => {
  it.each<[string, () => string | null]>([
    ['an account', () => ours],
    ['an account that was imported', () => argon2('x', { memoryCost: 19_456, timeCost: 3, parallelism: 1 })],
    ['an address that nobody has', () => null],
  ])('costs one hash, as any other does, at %s', async (_, stored) => {
    const hash = stored();
    const usual = await processorTime(hash, COMPOSED);
    expect(await processorTime(hash, DECOMPOSED)).toBeLessThan(1.5 * usual); // two hashes are twice as much
  });
});
