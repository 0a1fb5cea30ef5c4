import type { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { isQueueFull } from './pool-queue.js';
import { requireWritable } from './primary.js';
import { watchStatements } from './watch-statements.js';
import { within } from './within.js';

/** A disk that is full, and a server that was the primary: to read tells nothing of them (disk_full, read_only_sql_transaction). */
const REFUSED_WRITES = new Set(['53100', '25006']);
/** So long a write that was refused tells of the next one. */
const REFUSAL_COUNTS_MS = 10_000;
const refusedAtMs = new WeakMap<pg.Pool, number>();

/** Remembers when a write was last refused on a pool. */
export function watchRefusedWrites(pool: pg.Pool): void {
  const note = (error?: unknown) => {
    const { code = '' } = Object(error) as { code?: string };
    if (REFUSED_WRITES.has(code)) refusedAtMs.set(pool, performance.now());
  };
  watchStatements(pool, () => note);
}

const ANSWER_WITHIN_MS = 2_000;

/**
 * Whether the database answers within 2 s, be it that it has too much to do, and can be written. Never throws. One question
 * is asked at a time, and shared by all who ask meanwhile: anybody may, and requests that wait for a connection come first.
 */
export function watchWritable(orm: MikroORM): () => Promise<boolean> {
  let asking: Promise<boolean> | null = null;
  return () => {
    asking ??= isWritable(orm).finally(() => (asking = null));
    return within(ANSWER_WITHIN_MS, asking).catch(() => false);
  };
}

async function isWritable(orm: MikroORM): Promise<boolean> {
  const pool = await orm.em.getConnection().getNativeClient();
  if (performance.now() - (refusedAtMs.get(pool) ?? -Infinity) < REFUSAL_COUNTS_MS) return false;
  try {
    const client = await pool.connect();
    try {
      await requireWritable(client);
    } finally {
      client.release();
    }
    return true;
  } catch (error) {
    return error instanceof Error && isQueueFull(error.message);
  }
}
