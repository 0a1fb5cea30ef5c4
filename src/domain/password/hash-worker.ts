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
  readonly password: string;
  /** As it was sent: other servers, whose hashes go on working, did not normalise. */
  readonly typed: string;
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
export function verify({ password, typed, stored, dummy }: VerifyTask): boolean {
  const forms = typed === password ? [password] : [password, typed];
  if (stored?.startsWith('$2')) return forms.some((form) => compareSync(form, stored));
  if (stored !== null) {
    try {
      return forms.some((form) => verifySync(stored, form));
    } catch {
      // Not a hash of argon2. It was refused before any work was done, so the work is done below.
    }
  }
  for (const form of forms) verifySync(dummy, form);
  return false;
}
