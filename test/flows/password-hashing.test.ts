import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { getPriority } from 'node:os';

import { verifySync } from '@node-rs/argon2';

import { createPasswordHasher, type PasswordHasher } from '../../src/domain/password/hasher.js';
import { AuthError } from '../../src/errors.js';

const THREADS = 2;
const QUEUE_LIMIT = 4;
const CAPACITY = THREADS + QUEUE_LIMIT;
const PASSWORD = 'a perfectly ordinary password';
const UNAVAILABLE = { code: 'UNAVAILABLE', facts: { retryAfterSeconds: 1 } };

let hasher: PasswordHasher;
let stored: string;

beforeAll(async () => {
  hasher = createPasswordHasher({ threads: THREADS, queueLimit: QUEUE_LIMIT });
  stored = await hasher.hash(PASSWORD);
});

afterAll(() => hasher.close());

describe('a password hash', () => {
  it('is argon2id at the documented cost, with a salt of its own', async () => {
    const again = await hasher.hash(PASSWORD);

    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(again).not.toBe(stored);
    expect(verifySync(again, PASSWORD)).toBe(true);
  });

  it.each([
    ['the same password', PASSWORD, PASSWORD, true],
    ['another password', PASSWORD, 'a perfectly ordinary passwore', false],
    ['another case', PASSWORD, PASSWORD.toUpperCase(), false],
    ['one more space', PASSWORD, `${PASSWORD} `, false],
    ['an empty password', PASSWORD, '', false],
    ['the decomposed form of a composed one', 'caf\u00e9 au lait', 'cafe\u0301 au lait', true],
    ['64 characters', '0123456789abcdef'.repeat(4), '0123456789abcdef'.repeat(4), true],
    ['64 characters of which the last differs', 'x'.repeat(64), `${'x'.repeat(63)}y`, false],
    ['a difference at byte 73', `${'x'.repeat(72)}a`, `${'x'.repeat(72)}b`, false],
    ['256 emoji', '🦊'.repeat(256), '🦊'.repeat(256), true],
    ['256 emoji of which the last differs', '🦊'.repeat(256), `${'🦊'.repeat(255)}🐙`, false],
  ])('verified with %s', async (_, chosen, presented, expected) => {
    expect(await hasher.verify(await hasher.hash(chosen), presented)).toBe(expected);
  });

  it.each([
    ['needs none when it is new', () => stored, false],
    ['needs a new one for less memory', () => stored.replace('m=19456', 'm=4096'), true],
    ['needs a new one for fewer passes', () => stored.replace('t=2', 't=1'), true],
    ['needs a new one for another algorithm', () => stored.replace('argon2id', 'argon2i'), true],
    ['needs a new one for a shorter output', () => stored.slice(0, -22), true],
    ['needs a new one for bcrypt', () => '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy', true],
    ['needs a new one for nothing', () => '', true],
  ])('%s', (_, hash, expected) => {
    expect(hasher.needsRehash(hash())).toBe(expected);
  });
});

describe('an account without a usable hash', () => {
  const unusable = [
    ['no hash', null],
    ['an empty hash', ''],
    ['a damaged hash', '$argon2id$v=19$m=19456,t=2,p=1$AAAA'],
  ] as const;

  it.each(unusable)('with %s matches no password', async (_, hash) => {
    expect(await hasher.verify(hash, PASSWORD)).toBe(false);
    expect(await hasher.verify(hash, '')).toBe(false);
  });

  it.each(unusable)('with %s costs the work of a real one', async (_, hash) => {
    const real = [];
    for (let run = 0; run < 3; run += 1) real.push(await processorTime(() => hasher.verify(stored, PASSWORD)));
    const dummy = await processorTime(() => hasher.verify(hash, PASSWORD));

    // Jest's own work counts too, so the least is the truest. A hash that is skipped costs under a hundredth; how much
    // the two differ is for the bench.
    expect(dummy).toBeGreaterThan(Math.min(...real) / 5);
  });
});

describe('the hashing threads', () => {
  it('refuse at once what the queue cannot take, and finish what it took', async () => {
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);

    const taken = Array.from({ length: CAPACITY }, () => hasher.hash(PASSWORD));
    expect(hasher.pending()).toBe(CAPACITY);
    const refused = [hasher.hash(PASSWORD), hasher.verify(stored, PASSWORD), hasher.verify(null, PASSWORD)];
    taken.forEach((hash) => void hash.then(note('taken'), note('lost')));
    refused.forEach((result) => void result.then(note('late'), note('refused')));

    for (const result of await Promise.allSettled(refused)) {
      expect(result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    }
    expect(await Promise.all(taken)).toHaveLength(CAPACITY);
    expect(order).toEqual(['refused', 'refused', 'refused', ...Array<string>(CAPACITY).fill('taken')]);

    expect(hasher.pending()).toBe(0);
    expect(await hasher.verify(stored, PASSWORD)).toBe(true);
  });

  it("leave the event loop and libuv's pool free while they are busy", async () => {
    const hashes = Array.from({ length: CAPACITY }, () => hasher.hash(PASSWORD));
    await Promise.all(Array.from({ length: 8 }, () => stat(import.meta.filename)));

    expect(hasher.pending()).toBeGreaterThan(0);
    await Promise.all(hashes);
  });

  it('start with the first passwords, never more than allowed, and run at a lower priority on Linux', async () => {
    const before = threadsBelowNormal();
    const all = threads().length;
    const idle = createPasswordHasher({ threads: 3, queueLimit: 9 });
    expect(threads()).toHaveLength(all);

    await Promise.all(Array.from({ length: 9 }, () => idle.hash(PASSWORD)));
    expect(threadsBelowNormal() - before).toBe(process.platform === 'linux' ? 3 : 0);

    await idle.close();
    expect(threadsBelowNormal()).toBe(before);
  });

  it('refuse what they did not finish when they are closed, and everything after', async () => {
    const closing = createPasswordHasher({ threads: 1, queueLimit: 9 });
    const unfinished = Array.from({ length: 5 }, () => closing.hash(PASSWORD));
    const results = Promise.allSettled([...unfinished, closing.close(), closing.close()]);

    const outcomes = await results;
    expect(outcomes.slice(0, 5)).toEqual(
      Array<unknown>(5).fill({ status: 'rejected', reason: expect.objectContaining(UNAVAILABLE) }),
    );
    expect(outcomes.slice(5).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await expect(closing.verify(stored, PASSWORD)).rejects.toMatchObject(UNAVAILABLE);
    expect(closing.pending()).toBe(0);
  });

  it('refuse instead of waiting when they cannot start, and say why without the password', async () => {
    const failures: Error[] = [];
    const broken = createPasswordHasher({
      threads: 1,
      queueLimit: 9,
      filename: '/nowhere/hash-worker.js',
      onThreadFailure: (error) => failures.push(error),
    });

    const refusals = await Promise.all(
      Array.from({ length: 3 }, () => broken.hash(PASSWORD).catch((error: unknown) => error)),
    );
    await broken.close();

    for (const refusal of refusals) expect(refusal).toBeInstanceOf(AuthError);
    expect(failures[0]?.message).toContain('/nowhere/hash-worker.js');
    expect(JSON.stringify([...refusals, ...failures].map(String))).not.toContain(PASSWORD);
  });
});

/** Microseconds of processor time, on all threads, that ten runs take. */
async function processorTime(run: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  for (let i = 0; i < 10; i += 1) await run();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** The threads of this process; none where the system does not list them. */
function threads(): string[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task') : [];
}

/** How many of them the system runs after the others. */
function threadsBelowNormal(): number {
  const normal = getPriority();
  return threads().filter((id) => niceValue(id) > normal).length;
}

/** Field 19 of stat (proc_pid_stat(5)); the fields follow the name, which ends with the last bracket. */
function niceValue(threadId: string): number {
  const text = readFileSync(`/proc/self/task/${threadId}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]);
}
