import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, statement } from '../../storage/sql.js';
import { removable } from '../../storage/removable.js';

/** What proves a sign-in once: an ID token, or the state of a sign-in in a browser. */
export interface Proof {
  /** SHA-256. */
  readonly digest: Uint8Array;
  /** From then on it is refused for its age. */
  readonly expiresAt: Date;
}

/** Longer than clocks may differ. */
const KEPT_LONGER_SECONDS = 120;
const FORGOTTEN_AT_ONCE_ROWS = 20;

const USE = statement(
  'use-proof',
  `WITH expired AS (
       SELECT digest FROM used_proofs WHERE expires_at < now() ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED
     ), forgotten AS (
       DELETE FROM used_proofs WHERE digest IN (SELECT digest FROM expired)
     )
     INSERT INTO used_proofs (digest, expires_at) VALUES ($1, $2::timestamptz + $4::interval)
     ON CONFLICT DO NOTHING RETURNING digest`,
);

/**
 * Uses a proof up, on whichever node, together with the rest of the transaction: rolled back, it is good again. Some
 * that have expired are forgotten on the way.
 *
 * @returns false when it was used before.
 */
export async function useProof(em: EntityManager, { digest, expiresAt }: Proof): Promise<boolean> {
  const used = await sql(em, USE, [
    Buffer.from(digest),
    expiresAt.toISOString(),
    FORGOTTEN_AT_ONCE_ROWS,
    `${KEPT_LONGER_SECONDS} seconds`,
  ]);
  return used.length > 0;
}

/** The rest of them, where nobody signs in any more. */
export const expiredProofs = removable({
  table: 'used_proofs',
  key: 'digest',
  where: 'expires_at < now() - $1::interval',
  order: 'expires_at',
});
