/**
 * Hashes of other servers that go on working: they are verified as they are and replaced by one of ours at the next
 * sign-in. Their costs are bounded, because whoever made the file decides what each sign-in costs us.
 */
const BCRYPT = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
const BCRYPT_MIN_COST = 4;
const BCRYPT_MAX_COST = 15;

const ARGON2 =
  /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}$/;
const ARGON2_MAX_MEMORY_KIB = 262_144;
const ARGON2_MAX_PASSES = 10;
const ARGON2_MAX_LANES = 16;

/** Whether this server can verify it: bcrypt (cost 4 to 15), or argon2 (up to 256 MiB, 10 passes, 16 lanes). */
export function isVerifiableHash(stored: string): boolean {
  const bcrypt = BCRYPT.exec(stored);
  if (bcrypt) return Number(bcrypt[1]) >= BCRYPT_MIN_COST && Number(bcrypt[1]) <= BCRYPT_MAX_COST;

  const [, memoryKiB, passes, lanes] = ARGON2.exec(stored) ?? [];
  if (memoryKiB === undefined) return false;
  const [m, t, p] = [Number(memoryKiB), Number(passes), Number(lanes)];
  return (
    p >= 1 && m >= 8 * p && t >= 1 && m <= ARGON2_MAX_MEMORY_KIB && t <= ARGON2_MAX_PASSES && p <= ARGON2_MAX_LANES
  );
}
