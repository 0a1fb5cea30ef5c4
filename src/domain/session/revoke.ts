import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { SessionEndReason } from '../../errors.js';
import { databaseNow } from '../../storage/database-clock.js';
import { Session } from '../../storage/entities/session.js';
import { tellRevoked } from '../../storage/listener.js';
import { newIdOf } from '../../storage/ids.js';
import { hotStatement, sql, statement } from '../../storage/sql.js';
import { findSessions, type SessionOnDevice } from './session.js';

/** Which of a user's live sessions to end. */
export type Selection = { readonly sessionId: string } | { readonly allBut: string } | { readonly all: true };

const REVOKE = statement(
  'revoke-sessions',
  `WITH live AS (
     SELECT id FROM sessions
     WHERE user_id = $1 AND revoked_at IS NULL AND idle_expires_at > now() AND absolute_expires_at > now()
       AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR id <> $4)
     ORDER BY id FOR UPDATE
   )
   UPDATE sessions AS s SET revoked_at = clock_timestamp(), revoke_reason = $2
   FROM live WHERE s.id = live.id RETURNING s.id, ${tellRevoked('s.id')}`,
);

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
  const rows = await sql<{ id: string }>(em, REVOKE, [userId, reason, only, except]);
  return rows.map((row) => row.id);
}

/** What revokeSessions does, of one session, with its event: what people do all the time is one statement. */
const REVOKE_ONE = hotStatement(
  'revoke-session',
  `WITH live AS (
     SELECT id FROM sessions
     WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND idle_expires_at > now() AND absolute_expires_at > now()
     FOR UPDATE
   ), ended AS (
     UPDATE sessions AS s SET revoked_at = clock_timestamp(), revoke_reason = $3
     FROM live WHERE s.id = live.id RETURNING s.id, ${tellRevoked('s.id')}
   )
   INSERT INTO security_events (id, type, severity, user_id, session_id, ip, user_agent, details)
   SELECT $4, 'session.revoked', 0, $2, id, $5::inet, $6::text, jsonb_build_object('reason', $3::text) FROM ended
   RETURNING session_id`,
);

export interface RevokedSession {
  /** As it is now. */
  readonly session: SessionOnDevice;
  /** false: it had ended already. */
  readonly endedNow: boolean;
}

/**
 * Ends one session of a user, unless it has ended already. It has committed when this returns.
 *
 * @returns null when the user has no such session.
 */
export async function revokeSession(
  em: EntityManager,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  reason: SessionEndReason,
  source: { readonly ip: string | null; readonly userAgent: string | null },
): Promise<RevokedSession | null> {
  const values = [sessionId, userId, reason, newIdOf(userId), source.ip, source.userAgent];
  const endedNow = (await sql(em, REVOKE_ONE, values)).length > 0;
  const [session] = await findSessions(em, [sessionId]);
  return session?.user.id === userId ? { session, endedNow } : null;
}

const REVOKE_BATCH_SESSIONS = 5_000;

const NOW = statement('database-time', 'SELECT clock_timestamp()::text AS time');

/** The database's clock, to the microsecond: what began before can be told from what began after. */
export async function databaseTime(em: EntityManager): Promise<string> {
  const [row] = await sql<{ time: string }>(em, NOW);
  return row?.time ?? 'now';
}

const REVOKE_SOME = statement(
  'revoke-some-sessions',
  `WITH live AS (
     SELECT id FROM sessions
     WHERE revoked_at IS NULL AND idle_expires_at > now() AND absolute_expires_at > now()
       AND created_at <= $3::timestamptz
     ORDER BY id LIMIT $2 FOR UPDATE
   )
   UPDATE sessions AS s SET revoked_at = clock_timestamp(), revoke_reason = $1
   FROM live WHERE s.id = live.id RETURNING s.id, s.user_id AS "userId", ${tellRevoked('s.id')}`,
);

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
  return sql(em, REVOKE_SOME, [reason, REVOKE_BATCH_SESSIONS, begunBefore]);
}

/** So many ids one statement takes; a fail-over seldom loses more. */
export const AGAIN_BATCH_SESSIONS = 500;

/**
 * Of these sessions ends those that live, in the transaction of `tx`, when it flushes. Rows are taken as revokeSessions takes
 * them. Other nodes hear of it with the next read of the list.
 */
export async function revokeAgain(
  tx: EntityManager,
  sessionIds: readonly string[],
  reason: SessionEndReason,
): Promise<Session[]> {
  const live = await tx.find(
    Session,
    {
      id: { $in: [...sessionIds] },
      revokedAt: null,
      idleExpiresAt: { $gt: databaseNow() },
      absoluteExpiresAt: { $gt: databaseNow() },
    },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  for (const session of live) {
    session.revokedAt = databaseNow();
    session.revokeReason = reason;
  }
  return live;
}
