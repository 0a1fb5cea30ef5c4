import { randomBytes } from 'node:crypto';

import { hashSync, verifySync, type Options } from '@node-rs/argon2';
import { compareSync } from 'bcryptjs';

/**
 * What runs in the hashing threads. Loaded by Node itself, from dist or straight from this source, whose types Node
 * strips: so no imports from beside it, and only syntax that can be erased.
 */
export interface HashTask {
  readonly password: string;
  readonly options: Options;
}

export interface VerifyTask {
  /** In the form that the stored hash was made of. */
  readonly password: string;
  /** PHC string; null where there is no account. */
  readonly stored: string | null;
  /** PHC string that matches nothing and costs what a real one costs. */
  readonly dummy: string;
}

const SALT_BYTES = 16;

export function hash({ password, options }: HashTask): string {
  return hashSync(password, { ...options, salt: randomBytes(SALT_BYTES) });
}

/** False, at the same cost, where there is no hash or none that can be read. */
export function verify({ password, stored, dummy }: VerifyTask): boolean {
  if (stored?.startsWith('$2')) return compareSync(password, stored);
  if (stored !== null) {
    try {
      return verifySync(stored, password);
    } catch {
      // Not a hash of argon2. It was refused before any work was done, so the work is done below.
    }
  }
  verifySync(dummy, password);
  return false;
}
