import type { EntityManager } from '@mikro-orm/postgresql';
import { leastIdAt } from '../../storage/ids.js';
import { sql, statement } from '../../storage/sql.js';

/**
 * Sessions that ended long ago. Those that were revoked are found by the index of what the revocation feed reads; those
 * that expired by their ids, which are in the order of time, so that no refresh has another index to maintain. Either
 * costs what there is to remove, however many sessions live.
 */
export interface EndedLongAgo {
  /** Since when a session must have ended, by the database's clock. */
  readonly retentionSeconds: number;
  /** No session outlives it: one that began so much earlier still has ended for as long as the retention. */
  readonly absoluteTtlSeconds: number;
}

const REVOKED = 's.revoked_at < now() - $1::interval';
const ENDED = 'coalesce(s.revoked_at, least(s.idle_expires_at, s.absolute_expires_at)) < now() - $1::interval';
const BEGAN_BEFORE = `s.id < ${leastIdAt('(now() - $1::interval - $2::interval)')}`;

export interface RemovedSessions {
  readonly count: number;
  /** That they ran on. */
  readonly deviceIds: readonly string[];
}

const DELETE_REVOKED = statement(
  'delete-revoked-sessions',
  `WITH found AS (
       SELECT s.id FROM sessions AS s WHERE ${REVOKED} ORDER BY s.revoked_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM sessions AS s USING found WHERE s.id = found.id RETURNING s.device_id AS "deviceId"`,
);

/** Deletes up to so many that were revoked. */
export async function removeRevokedSessions(
  em: EntityManager,
  { retentionSeconds }: EndedLongAgo,
  mostRows: number,
): Promise<RemovedSessions> {
  const rows = await sql<{ deviceId: string }>(em, DELETE_REVOKED, [`${retentionSeconds} seconds`, mostRows]);
  return removed(rows.map(({ deviceId }) => deviceId));
}

export interface WalkedSessions extends RemovedSessions {
  /** Where the next walk begins; null: this was the last one. */
  readonly walkedTo: string | null;
}

const DELETE_OLDEST = statement(
  'delete-oldest-sessions',
  `WITH page AS MATERIALIZED (
       SELECT s.id FROM sessions AS s
       WHERE ${BEGAN_BEFORE} AND ($3::uuid IS NULL OR s.id > $3::uuid) ORDER BY s.id LIMIT $4
     ), found AS (
       SELECT s.id FROM sessions AS s JOIN page ON page.id = s.id WHERE ${ENDED} FOR UPDATE OF s SKIP LOCKED
     ), gone AS (
       DELETE FROM sessions AS s USING found WHERE s.id = found.id RETURNING s.device_id
     )
     SELECT to_json(ARRAY(SELECT device_id FROM gone)) AS "deviceIds",
            (SELECT id FROM page ORDER BY id DESC LIMIT 1) AS "lastId",
            (SELECT count(*)::integer FROM page) AS walked`,
);

/** Walks up to so many of the oldest sessions, from after `walkedTo` on, and deletes those that ended long ago. */
export async function removeOldestSessions(
  em: EntityManager,
  { retentionSeconds, absoluteTtlSeconds }: EndedLongAgo,
  walkedTo: string | null,
  mostRows: number,
): Promise<WalkedSessions> {
  const [row] = await sql<{ deviceIds: string[]; lastId: string | null; walked: number }>(em, DELETE_OLDEST, [
    `${retentionSeconds} seconds`,
    `${absoluteTtlSeconds} seconds`,
    walkedTo,
    mostRows,
  ]);
  const { deviceIds = [], lastId = null, walked = 0 } = row ?? {};
  return { ...removed(deviceIds), walkedTo: walked < mostRows ? null : lastId };
}

const COUNT = statement(
  'count-ended-sessions',
  `WITH ended AS (
       SELECT s.device_id, count(*) AS sessions FROM sessions AS s
       WHERE ${REVOKED} OR (${BEGAN_BEFORE} AND ${ENDED}) GROUP BY s.device_id
     )
     SELECT coalesce(sum(sessions), 0)::integer AS sessions,
            count(*) FILTER (WHERE sessions = (
              SELECT count(*) FROM sessions AS s WHERE s.device_id = ended.device_id
            ))::integer AS devices
     FROM ended`,
);

/** How many would go, and how many devices have no other session. */
export async function countEndedSessions(
  em: EntityManager,
  { retentionSeconds, absoluteTtlSeconds }: EndedLongAgo,
): Promise<{ readonly sessions: number; readonly devices: number }> {
  const [row] = await sql<{ sessions: number; devices: number }>(em, COUNT, [
    `${retentionSeconds} seconds`,
    `${absoluteTtlSeconds} seconds`,
  ]);
  return row ?? { sessions: 0, devices: 0 };
}

function removed(deviceIds: readonly string[]): RemovedSessions {
  return { count: deviceIds.length, deviceIds: [...new Set(deviceIds)] };
}
