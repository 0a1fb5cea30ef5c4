import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Options } from '@node-rs/argon2';
import { openHashLane, type LaneSize } from './hash-lane.js';
import type { HashRefusals, KnownCaller } from './hash-queue.js';
import { OWN_MEMORY_KIB, OWN_PASSES } from './own-cost.js';
import { normalisePassword } from './password.js';
import { hashWork } from './stored-hash.js';

const LANES = 1;
const OUTPUT_BYTES = 32;
const ARGON2ID = 2; // @node-rs/argon2's enum Algorithm, which is erased

const OPTIONS: Options = {
  algorithm: ARGON2ID,
  memoryCost: OWN_MEMORY_KIB,
  timeCost: OWN_PASSES,
  parallelism: LANES,
  outputLen: OUTPUT_BYTES,
};

/** How every hash of ours begins, and how long it is: the salt is 16 bytes, both parts are base64 without padding. */
const PHC_PREFIX = `$argon2id$v=19$m=${OWN_MEMORY_KIB},t=${OWN_PASSES},p=${LANES}$`;
const PHC_SALT_CHARACTERS = 22;
const PHC_TAG_CHARACTERS = 43;
const PHC_CHARACTERS = PHC_PREFIX.length + PHC_SALT_CHARACTERS + 1 + PHC_TAG_CHARACTERS;

/** What a missing account is verified against. No password is known to match it, and a match would not count. */
const DUMMY_HASH = `${PHC_PREFIX}${'A'.repeat(PHC_SALT_CHARACTERS)}$${'A'.repeat(PHC_TAG_CHARACTERS)}`;

/**
 * Of threads and queue, what hashes dearer than ours have: threads beside those of all others, so that no guess at an
 * imported account holds one that an ordinary sign-in needs, and a queue that such threads get through in seconds.
 */
const DEAR_THREADS_SHARE = 1 / 2;
const DEAR_QUEUE_SHARE = 1 / 8;
/** Each is replaced by one of ours at its owner's sign-in: their threads are not kept when they have become rare. */
const DEAR_IDLE_MS = 60_000;

const DEFAULT_WAIT_LIMIT_MS = 5_000;

export type { HashRefusals, KnownCaller };

export interface PasswordHasherOptions {
  /** Hashes computed at once; each holds 19 MiB while it runs. Half as many more, at least one, check what is dearer. */
  readonly threads: number;
  /** Hashes that may wait for a thread; a quarter as many more, of known devices, and an eighth, of what is dearer. */
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
  /** Those of them that wait for a thread. */
  waiting(): number;
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
  const open = (size: LaneSize) => openHashLane({ ...size, waitLimitMs, filename, onThreadFailure });
  const own = open({ threads, queueLimit, idleMs: Infinity });
  const dear = open({
    threads: Math.max(1, Math.floor(threads * DEAR_THREADS_SHARE)),
    queueLimit: Math.ceil(queueLimit * DEAR_QUEUE_SHARE),
    idleMs: DEAR_IDLE_MS,
  });
  const laneFor = (stored: string | null) => (stored !== null && hashWork(stored) > 1 ? dear : own);

  return {
    hash: (password, caller = null) =>
      own.run<string>(caller, 'hash', { password: normalisePassword(password), options: OPTIONS }),
    verify: (stored, typed, caller = null) => {
      const password = stored === null || isOwnHash(stored) ? normalisePassword(typed) : typed;
      return laneFor(stored).run<boolean>(caller, 'verify', { password, stored, dummy: DUMMY_HASH });
    },
    needsRehash: (stored) => !isOwnHash(stored),
    pending: () => own.pending() + dear.pending(),
    waiting: () => own.waiting() + dear.waiting(),
    refusals: () => sum(own.refusals(), dear.refusals()),
    async close() {
      await Promise.all([own.close(), dear.close()]);
    },
  };
}

function sum(some: HashRefusals, others: HashRefusals): HashRefusals {
  return { full: some.full + others.full, slow: some.slow + others.slow, late: some.late + others.late };
}

/** Whether it has the algorithm and the costs of ours. */
export function isOwnHash(stored: string): boolean {
  return stored.startsWith(PHC_PREFIX) && stored.length === PHC_CHARACTERS;
}

/** A neighbour's path, with the extension that this file runs with: `.js` when built, `.ts` from source. */
function besideThisFile(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}
