import { raw, type EntityManager, type FilterQuery } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import type { SessionEndReason } from '../../errors.js';
import { Session } from '../../storage/entities/session.js';
import { sql } from '../../storage/orm.js';

/**
 * One sign-in on one device. It ends when it is revoked, when it stays idle past its idle deadline, or at its absolute
 * deadline, which never moves. Every deadline is set and judged by the database's clock.
 */
export const SESSION_STATUSES = ['ACTIVE', 'EXPIRED', 'REVOKED'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

const MAX_LISTED_SESSIONS = 200;

export interface NewSession {
  readonly userId: string;
  readonly deviceId: string;
  /** The password version that was verified: a sign-in that raced a password change does not land. */
  readonly passwordVersion: number;
  readonly userAgentFamily: string;
  readonly ip: string | null;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
}

/** @returns its id, or null when the account was disabled or its password changed since it was verified. */
export async function insertSession(em: EntityManager, session: NewSession): Promise<string | null> {
  const [row] = await sql<{ id: string }>(
    em,
    `INSERT INTO sessions (id, user_id, device_id, rotated_by, last_ip, idle_expires_at, absolute_expires_at)
     SELECT $1, u.id, $3, $5, $6::inet, now() + LEAST($7::interval, $8::interval), now() + $8::interval
     FROM users AS u WHERE u.id = $2 AND u.status = 'active' AND u.password_version = $4
     FOR SHARE
     RETURNING id`,
    [
      uuidv7(),
      session.userId,
      session.deviceId,
      session.passwordVersion,
      session.userAgentFamily,
      session.ip,
      `${session.idleTtlSeconds} seconds`,
      `${session.absoluteTtlSeconds} seconds`,
    ],
  );
  return row?.id ?? null;
}

const NOW = raw('now()');
const FILTERS: Record<SessionStatus, FilterQuery<Session>> = {
  ACTIVE: { revokedAt: null, idleExpiresAt: { $gt: NOW }, absoluteExpiresAt: { $gt: NOW } },
  EXPIRED: {
    revokedAt: null,
    $or: [{ idleExpiresAt: { $lte: NOW } }, { absoluteExpiresAt: { $lte: NOW } }],
  },
  REVOKED: { revokedAt: { $ne: null } },
};

/** A user's sessions with their devices, newest use first; the newest 200. */
export async function listSessions(em: EntityManager, userId: string, status: SessionStatus): Promise<Session[]> {
  return em.find(
    Session,
    { $and: [{ user: userId }, FILTERS[status]] },
    { populate: ['device'], orderBy: { lastUsedAt: 'desc', id: 'desc' }, limit: MAX_LISTED_SESSIONS },
  );
}

/** Some sessions by id, with their devices; those that do not exist are left out. */
export async function findSessions(em: EntityManager, ids: readonly string[]): Promise<Session[]> {
  return em.find(
    Session,
    { id: { $in: [...ids] } },
    { populate: ['device'], orderBy: { lastUsedAt: 'desc', id: 'desc' } },
  );
}

export function statusOf(endReason: SessionEndReason | null | undefined): SessionStatus {
  if (!endReason) return 'ACTIVE';
  return endReason === 'EXPIRED_IDLE' || endReason === 'EXPIRED_ABSOLUTE' ? 'EXPIRED' : 'REVOKED';
}

/** Which of a user's live sessions to end. */
export type Selection = { readonly sessionId: string } | { readonly allBut: string } | { readonly all: true };

/**
 * Ends live sessions of one user. Rows are taken in the order of their ids, here as in revokeSomeSessions: two that end
 * sessions at once wait for each other, and never both for the other. A session that has already ended
 * stays as it ended.
 *
 * @returns the ids of those that this call ended.
 */
export async function revokeSessions(
  em: EntityManager,
  userId: string,
  selection: Selection,
  reason: SessionEndReason,
): Promise<string[]> {
  const only = 'sessionId' in selection ? selection.sessionId : null;
  const except = 'allBut' in selection ? selection.allBut : null;
  const rows = await sql<{ id: string }>(
    em,
    `WITH live AS (
       SELECT id FROM sessions
       WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at > now() AND absolute_expires_at > now()
         AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR id <> $4)
       ORDER BY id FOR UPDATE
     )
     UPDATE sessions AS s SET revoked_at = clock_timestamp(), revoke_reason = $2
     FROM live WHERE s.id = live.id RETURNING s.id`,
    [userId, reason, only, except],
  );
  return rows.map((row) => row.id);
}

const REVOKE_BATCH_SESSIONS = 5_000;

/** The database's clock, to the microsecond: what began before can be told from what began after. */
export async function databaseTime(em: EntityManager): Promise<string> {
  const [row] = await sql<{ time: string }>(em, 'SELECT clock_timestamp()::text AS time');
  return row?.time ?? 'now';
}

/**
 * Ends up to 5,000 live sessions of anybody.
 *
 * @param begunBefore as databaseTime gives it.
 */
export async function revokeSomeSessions(
  em: EntityManager,
  begunBefore: string,
  reason: SessionEndReason,
): Promise<{ id: string; userId: string }[]> {
  return sql(
    em,
    `WITH live AS (
       SELECT id FROM sessions
       WHERE revoked_at IS NULL AND idle_expires_at > now() AND absolute_expires_at > now()
         AND created_at <= $3::timestamptz
       ORDER BY id LIMIT $2 FOR UPDATE
     )
     UPDATE sessions AS s SET revoked_at = clock_timestamp(), revoke_reason = $1
     FROM live WHERE s.id = live.id RETURNING s.id, s.user_id AS "userId"`,
    [reason, REVOKE_BATCH_SESSIONS, begunBefore],
  );
}
