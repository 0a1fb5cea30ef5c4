import { OWN_MEMORY_KIB, OWN_PASSES } from './own-cost.js';

/**
 * Hashes of other servers that go on working: they are verified as they are and replaced by one of ours at the next
 * sign-in. Their costs are bounded, because whoever made the file decides what each sign-in, and each guess, costs us.
 */
const BCRYPT = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
const BCRYPT_MIN_COST = 4;

const ARGON2 =
  /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}$/;
const ARGON2_MAX_MEMORY_KIB = 131_072;
const ARGON2_MAX_LANES = 16;

/** The work of one check beyond which no hash is imported: bcrypt of cost 12, or argon2 of 64 MiB and 19 passes. */
const MAX_WORK = 32;
/** The work from which on an operator is warned: bcrypt of cost 11, or argon2 of 64 MiB and 6 passes. */
const COSTLY_WORK = 10;

const BCRYPT_COSTS = /^\$2[a-z]?\$(\d\d)\$/;
const ARGON2_COSTS = /^\$argon2[a-z]*\$(?:v=\d+\$)?m=(\d+),t=(\d+),/;
/** The cost at which bcrypt takes as long as a hash of ours. */
const BCRYPT_COST_LIKE_OURS = 7;

/**
 * How long a check of `stored` takes, as a multiple of one of ours: argon2 goes by memory times passes, since its lanes are
 * computed one after the other here, and bcrypt doubles with each cost. What cannot be read is checked against one of ours.
 *
 * @param stored a hash, or what it begins with, costs included
 */
export function hashWork(stored: string): number {
  const [, cost] = BCRYPT_COSTS.exec(stored) ?? [];
  if (cost !== undefined) return 2 ** (Number(cost) - BCRYPT_COST_LIKE_OURS);
  const [, memoryKiB, passes] = ARGON2_COSTS.exec(stored) ?? [];
  if (memoryKiB === undefined) return 1;
  return (Number(memoryKiB) * Number(passes)) / (OWN_MEMORY_KIB * OWN_PASSES);
}

/** Whether a check takes more than ten times as long as one of ours. */
export function isCostlyHash(stored: string): boolean {
  return hashWork(stored) > COSTLY_WORK;
}

/** Whether it costs more than what is imported, as one may that an earlier version has imported. */
export function isTooCostlyHash(stored: string): boolean {
  const [, memoryKiB = 0] = ARGON2_COSTS.exec(stored) ?? [];
  return hashWork(stored) > MAX_WORK || Number(memoryKiB) > ARGON2_MAX_MEMORY_KIB;
}

/** Whether this server can verify it at all, whatever it costs: bcrypt, or argon2 (up to 16 lanes). */
export function isVerifiableHash(stored: string): boolean {
  const bcrypt = BCRYPT.exec(stored);
  if (bcrypt) return Number(bcrypt[1]) >= BCRYPT_MIN_COST;

  const [, memoryKiB, passes, lanes] = ARGON2.exec(stored) ?? [];
  if (memoryKiB === undefined) return false;
  const [m, t, p] = [Number(memoryKiB), Number(passes), Number(lanes)];
  return p >= 1 && m >= 8 * p && t >= 1 && p <= ARGON2_MAX_LANES;
}
