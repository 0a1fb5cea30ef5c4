import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export interface HashingValues {
  /** null: the cores, shared out among the workers. */
  readonly hashThreads: number | null;
  /** Passwords that may wait for a free thread; the next one is refused at once. */
  readonly hashQueueLimit: number;
  /** How long one waits for a thread, at most. */
  readonly hashWaitLimitSeconds: number;
  /** A range server that new passwords are looked up at; null: the list that comes along is all. */
  readonly breachedPasswordsUrl: string | null;
}

export const hashingSettings: SettingsOf<HashingValues> = {
  hashThreads: {
    name: 'FLUXGATE_HASH_THREADS',
    parse: parse.wholeNumber(1, 64),
    unset: () => null,
    default: 'cores, shared out among the workers',
    meaning:
      'Threads that hash passwords, of each worker; half as many more, at least one, check dearer imported ones.',
  },
  hashQueueLimit: {
    name: 'FLUXGATE_HASH_QUEUE',
    parse: parse.wholeNumber(1, 10_000),
    unset: () => 64,
    meaning:
      'Passwords that may wait for a hash thread; the next is answered with 503 at once. A quarter as many more, of known devices.',
  },
  hashWaitLimitSeconds: {
    name: 'FLUXGATE_HASH_TIMEOUT',
    parse: parse.wholeSeconds(1, 60),
    unset: () => 5,
    meaning: 'Seconds that a password may wait for a hash thread; one that would is answered with 503 at once.',
  },
  breachedPasswordsUrl: {
    name: 'FLUXGATE_BREACHED_PASSWORDS_URL',
    parse: parse.httpUrl,
    unset: () => null,
    default: 'none',
    meaning:
      'Range server that new passwords are looked up at, as `https://api.pwnedpasswords.com/range/`; it is told 20 bits of their SHA-1.',
  },
};
