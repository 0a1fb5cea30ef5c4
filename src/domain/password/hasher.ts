import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Options } from '@node-rs/argon2';
import { Piscina } from 'piscina';

import { AuthError } from '../../errors.js';
import { createHashQueue, type HashRefusals, type KnownCaller } from './hash-queue.js';
import type { HashTask, VerifyTask } from './hash-worker.js';
import { normalisePassword } from './password.js';

/** argon2id at the cost of the OWASP Password Storage Cheat Sheet; about 20 ms of one core. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const OUTPUT_BYTES = 32;
const ARGON2ID = 2; // @node-rs/argon2's enum Algorithm, which is erased

const OPTIONS: Options = {
  algorithm: ARGON2ID,
  memoryCost: MEMORY_KIB,
  timeCost: PASSES,
  parallelism: LANES,
  outputLen: OUTPUT_BYTES,
};

/** How every hash of ours begins, and how long it is: the salt is 16 bytes, both parts are base64 without padding. */
const PHC_PREFIX = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`;
const PHC_SALT_CHARACTERS = 22;
const PHC_TAG_CHARACTERS = 43;
const PHC_CHARACTERS = PHC_PREFIX.length + PHC_SALT_CHARACTERS + 1 + PHC_TAG_CHARACTERS;

/** What a missing account is verified against. No password is known to match it, and a match would not count. */
const DUMMY_HASH = `${PHC_PREFIX}${'A'.repeat(PHC_SALT_CHARACTERS)}$${'A'.repeat(PHC_TAG_CHARACTERS)}`;

/**
 * Below the event loop and the rest, so that a burst of sign-ins does not slow the requests that hash nothing. Only
 * where the system keeps a priority per thread: elsewhere (macOS) the whole process would sink.
 */
const NICE_INCREMENT: Partial<Record<NodeJS.Platform, number>> = { linux: 10, win32: -1 };

const RETRY_AFTER_SECONDS = 1;
const DEFAULT_WAIT_LIMIT_MS = 5_000;

export type { HashRefusals, KnownCaller };

export interface PasswordHasherOptions {
  /** Hashes computed at once; each holds 19 MiB while it runs. */
  readonly threads: number;
  /** Hashes that may wait for a thread; a quarter as many more, of known devices. */
  readonly queueLimit: number;
  /** How long a hash may wait for a thread; 5 s unless given. */
  readonly waitLimitMs?: number;
  /** The worker's file; hash-worker beside this one. */
  readonly filename?: string;
  /** Told why a thread failed: callers learn no more than UNAVAILABLE. */
  readonly onThreadFailure?: (error: Error) => void;
}

/**
 * Hashes passwords on threads of its own, at a lower priority where the system has one per thread: neither the event
 * loop nor libuv's pool, on which tokens are signed, ever waits behind a hash. Passwords are normalised here.
 *
 * `hash` and `verify` reject with AuthError UNAVAILABLE at once when the queue is full, too slow or closed, or a thread
 * fails, and when they have waited for `waitLimitMs`. A caller that is known by its device waits in a line of its own.
 */
export interface PasswordHasher {
  /** @returns a PHC string (`$argon2id$v=19$…`) */
  hash(password: string, caller?: KnownCaller | null): Promise<string>;
  /**
   * One hash, whatever is presented: of the normalised password where the stored hash is ours, and of the password as it
   * was typed where it was imported. An account without a hash (null), or with one that cannot be read, costs the same
   * work and is false.
   */
  verify(stored: string | null, password: string, caller?: KnownCaller | null): Promise<boolean>;
  /** Whether `stored` has another algorithm or other costs than `hash` gives now. */
  needsRehash(stored: string): boolean;
  /** Hashes that run or wait now. */
  pending(): number;
  refusals(): HashRefusals;
  /** Ends the threads. What still runs or waits is refused with UNAVAILABLE. */
  close(): Promise<void>;
}

/** Starts no thread: the first passwords do, and the threads then stay. */
export function createPasswordHasher({
  threads,
  queueLimit,
  waitLimitMs = DEFAULT_WAIT_LIMIT_MS,
  filename = besideThisFile('hash-worker'),
  onThreadFailure = () => undefined,
}: PasswordHasherOptions): PasswordHasher {
  let pool: Piscina | null = new Piscina({
    filename,
    name: 'hash',
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: Infinity,
    stricterFIFO: true,
    recordTiming: false,
    niceIncrement: NICE_INCREMENT[process.platform] ?? 0,
    env: {}, // a thread inherits none of the process's secrets
  });
  // Emitted when a thread fails outside a task, as it starts: its queue would wait for ever. The next password tries again.
  pool.on('error', (error: Error) => {
    onThreadFailure(error);
    void pool?.destroy();
  });
  const queue = createHashQueue({ threads, limit: queueLimit, waitLimitMs });

  async function work<T>(name: 'hash' | 'verify', task: HashTask | VerifyTask): Promise<T> {
    if (!pool) throw unavailable();
    try {
      return (await pool.run(task, { name })) as T;
    } catch (error) {
      if (pool) onThreadFailure(error as Error);
      throw unavailable();
    }
  }

  return {
    hash: (password, caller = null) =>
      queue.run(caller, () => work<string>('hash', { password: normalisePassword(password), options: OPTIONS })),
    verify: (stored, typed, caller = null) => {
      const password = stored === null || isOwnHash(stored) ? normalisePassword(typed) : typed;
      return queue.run(caller, () => work<boolean>('verify', { password, stored, dummy: DUMMY_HASH }));
    },
    needsRehash: (stored) => !isOwnHash(stored),
    pending: () => queue.pending(),
    refusals: () => queue.refusals(),
    async close() {
      const closing = pool;
      pool = null;
      await closing?.destroy();
    },
  };
}

/** Whether it has the algorithm and the costs of ours. */
export function isOwnHash(stored: string): boolean {
  return stored.startsWith(PHC_PREFIX) && stored.length === PHC_CHARACTERS;
}

function unavailable(): AuthError {
  return new AuthError('UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** A neighbour's path, with the extension that this file runs with: `.js` when built, `.ts` from source. */
function besideThisFile(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}
