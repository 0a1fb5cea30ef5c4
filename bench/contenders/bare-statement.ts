import type { EntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import type * as rotateModule from '../../src/domain/session/rotate.js';
import { loadBuilt } from '../built.ts';
import { migrate, query, type DatabaseServer } from '../database.ts';

/** Fluxgate's pool has as many. */
const POOL_CONNECTIONS = 8;

export interface BareStatement {
  /** @returns refreshes a second: each of `concurrency` clients rotates a session of its own. */
  measure(load: {
    readonly concurrency: number;
    readonly warmUpSeconds: number;
    readonly measureSeconds: number;
  }): Promise<number>;
  close(): Promise<void>;
}

/**
 * The floor under a refresh: Fluxgate's own statement, from the product's own function, over a bare pool. No HTTP, no
 * GraphQL, no ORM, no signature. In a database of its own on the same server.
 */
export async function prepareBareStatement(server: DatabaseServer, concurrency: number): Promise<BareStatement> {
  const { rotate: rotateToken } = await loadBuilt<typeof rotateModule>('src/domain/session/rotate.js');
  const databaseUrl = await server.create('bench_bare_statement');
  await migrate(databaseUrl);
  const sessionIds = await addSessions(databaseUrl, concurrency);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_CONNECTIONS });
  const em = overBarePool(pool);
  const counters = new Map(sessionIds.map((id) => [id, 0n]));

  async function rotate(sessionId: string): Promise<void> {
    const client = {
      ip: '127.0.0.1',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      userAgentFamily: 'Firefox',
      deviceId: null,
    };
    const rules = { graceSeconds: 30, longestLostSeconds: 600, watched: null, idleTtlSeconds: 604_800 };
    const verdict = await rotateToken(em, { sessionId, counter: counters.get(sessionId) ?? 0n, ...client }, rules);
    if (verdict.outcome !== 'ROTATED') throw new Error(`the bare statement answered ${verdict.outcome}`);
    counters.set(sessionId, verdict.counter);
  }

  return {
    async measure({ warmUpSeconds, measureSeconds }) {
      const startMs = performance.now() + warmUpSeconds * 1000;
      const endMs = startMs + measureSeconds * 1000;
      let refreshes = 0;
      async function rotateOn(sessionId: string): Promise<void> {
        while (performance.now() < endMs) {
          await rotate(sessionId);
          const nowMs = performance.now();
          if (nowMs >= startMs && nowMs < endMs) refreshes += 1;
        }
      }
      await Promise.all(sessionIds.map(rotateOn));
      return refreshes / measureSeconds;
    },
    close: () => pool.end(),
  };
}

/** As much of an EntityManager as one statement needs. */
function overBarePool(pool: pg.Pool): EntityManager {
  const connection = { getNativeClient: () => Promise.resolve(pool) };
  return { isInTransaction: () => false, getConnection: () => connection } as unknown as EntityManager;
}

async function addSessions(databaseUrl: string, count: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    databaseUrl,
    `WITH owner AS (
       INSERT INTO users (id, email, email_key, name, user_type)
       SELECT uuidv7(), n || '@bench.example', n || '@bench.example', 'Bench', 'client'
       FROM generate_series(1, $1::integer) AS n RETURNING id
     ), device AS (
       INSERT INTO devices (id, user_id, name, recognition_key)
       SELECT uuidv7(), id, 'Firefox on Linux', '' FROM owner RETURNING id, user_id
     )
     INSERT INTO sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at)
     SELECT uuidv7(), user_id, id, 'Firefox', now() + interval '7 days', now() + interval '30 days' FROM device
     RETURNING id`,
    [count],
  );
  return rows.map(({ id }) => id);
}
