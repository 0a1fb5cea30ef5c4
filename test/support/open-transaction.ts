import { Client } from 'pg';
import { eventually } from './eventually.js';
import { query } from './postgres.js';

/** The sessions of a database that wait for a lock. Asked on another connection: inside a transaction the view stands still. */
export function lockWaiters(databaseUrl: string): Promise<object[]> {
  return query(
    databaseUrl,
    `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
}

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
  /** How many sessions of the database wait for its locks when it is committed; 1. */
  readonly waiting?: number;
}

/**
 * Starts `race` while a transaction that has run the statement is still open, and commits it once the race waits for
 * its locks: a race that would take luck, made certain.
 *
 * @param beforeCommit runs when they wait
 */
export async function commitUnder<T>(
  databaseUrl: string,
  { text, values, waiting = 1 }: Statement,
  race: () => Promise<T>,
  beforeCommit: () => void = () => undefined,
): Promise<T> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(text, values);
    const racing = race();
    await eventually(
      () => lockWaiters(databaseUrl),
      (waiters) => waiters.length === waiting,
    );
    beforeCommit();
    await client.query('commit');
    return await racing;
  } finally {
    await client.end();
  }
}
