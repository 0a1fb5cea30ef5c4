import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, statement } from '../storage/sql.js';

/** Any constant of our own. */
const CLEAN_UP_LOCK_ID = 4_207_114_919;

const LOCK = statement('clean-up-lock', 'SELECT pg_try_advisory_xact_lock($1) AS ours');

/** @returns whether this transaction may clean up: until it ends, however it ends, no other one may. Waits for nobody. */
export async function takeCleanUpLock(tx: EntityManager): Promise<boolean> {
  const [row] = await sql<{ ours: boolean }>(tx, LOCK, [CLEAN_UP_LOCK_ID]);
  return row?.ours ?? false;
}
