import type { EntityManager } from '@mikro-orm/postgresql';
import type { SessionEndReason } from '../../errors.js';
import { tellRevoked } from '../../storage/listener.js';
import { compiledRead } from '../../storage/compiled-read.js';
import { Session } from '../../storage/entities/session.js';
import { idWithShard, newIdWithoutShard } from '../../storage/ids.js';
import { hotStatement, sql } from '../../storage/sql.js';

/**
 * What presenting a refresh token with counter `n` means to a session whose valid counter is `c`.
 *
 * | n           | when                                                          | outcome  |
 * |-------------|---------------------------------------------------------------|----------|
 * | n = c       |                                                               | ROTATED  |
 * | n > c       | we issued it, so the database lost a commit                   | AHEAD    |
 * | n = c − 1   | in the grace window, same client, fewer than 40 replays       | REPLAYED |
 * | n = c − 1   | in the window, another client                                 | MISMATCH |
 * | n = c − 1   | in the window, 40 replays or more                             | STALE    |
 * | n = c − 2   | in the window: a late retry                                   | STALE    |
 * | older/later |                                                               | REUSED   |
 *
 * The window is longer by the time since the rotation in which the answer may have been lost (refresh_time_lost, a function in
 * the database).
 * Rotation and reuse: RFC 9700 §4.14.2. The deadlines are the database's: one clock for every node.
 */
export type Verdict =
  | {
      readonly outcome: 'ROTATED' | 'AHEAD' | 'REPLAYED';
      readonly userId: string;
      readonly counter: bigint;
      readonly roles: readonly string[];
      /** Until the session's absolute deadline. */
      readonly secondsLeft: number;
    }
  | { readonly outcome: 'STALE' | 'MISMATCH' | 'REUSED'; readonly userId: string }
  | { readonly outcome: 'ENDED'; readonly userId: string; readonly reason: SessionEndReason }
  | { readonly outcome: 'UNKNOWN' };

export interface PresentedToken {
  readonly sessionId: string;
  /** The counter that the token carries; its tag has been verified. */
  readonly counter: bigint;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** "The same client" where no device cookie is sent. */
  readonly userAgentFamily: string;
  /** From the signed device cookie, or null. */
  readonly deviceId: string | null;
}

export interface RotationRules {
  readonly graceSeconds: number;
  /** What the window is lengthened by at most, where the answer may have been lost. */
  readonly longestLostSeconds: number;
  /** For how long this process can tell what the database did (Pulse). */
  readonly watched: string | null;
  readonly idleTtlSeconds: number;
}

const MAX_REPLAYS = 40;

/**
 * One statement decides and writes, its event included: winners and losers of a race run the same code.
 *
 * @param asked selects what is presented, in parameters from $6 on.
 * @param named the sessions in it: a planner that knows nothing of the tables yet finds them by their key all the same.
 */
function rotation(asked: string, named: string): string {
  const lost = 'refresh_time_lost(s.rotated_at, s.unanswered, $5::interval)';
  const windowBegan = `statement_timestamp() - $1::interval - least($4::interval, ${lost})`;
  return `
WITH asked (session_id, counter, ip, user_agent, family, device_id, event_id) AS (${asked}), presented AS (
  UPDATE sessions AS s SET
    last_outcome = CASE
        WHEN a.counter > s.refresh_counter THEN 'AHEAD'
        WHEN a.counter = s.refresh_counter THEN 'ROTATED'
        WHEN s.refresh_counter - a.counter > 2 OR s.rotated_at <= ${windowBegan} THEN 'REUSED'
        WHEN s.refresh_counter - a.counter = 2 OR s.replays >= $3 THEN 'STALE'
        WHEN CASE WHEN a.device_id IS NULL THEN s.rotated_by = a.family ELSE s.device_id = a.device_id END THEN 'REPLAYED'
        ELSE 'MISMATCH' END,
    refresh_counter = GREATEST(s.refresh_counter, CASE WHEN a.counter >= s.refresh_counter THEN a.counter + 1 ELSE 0 END),
    rotated_at      = CASE WHEN a.counter >= s.refresh_counter THEN statement_timestamp() ELSE s.rotated_at END,
    rotated_by      = CASE WHEN a.counter >= s.refresh_counter THEN a.family ELSE s.rotated_by END,
    last_ip         = CASE WHEN a.counter >= s.refresh_counter THEN a.ip ELSE s.last_ip END,
    last_used_at    = CASE WHEN a.counter >= s.refresh_counter THEN statement_timestamp() ELSE s.last_used_at END,
    replays         = CASE WHEN a.counter >= s.refresh_counter THEN 0
                           WHEN s.refresh_counter - a.counter = 1 THEN s.replays + 1 ELSE s.replays END,
    idle_expires_at = CASE WHEN a.counter >= s.refresh_counter
                           THEN LEAST(s.absolute_expires_at, statement_timestamp() + $2::interval) ELSE s.idle_expires_at END,
    revoked_at      = CASE WHEN s.refresh_counter - a.counter <= 2
                             AND (a.counter >= s.refresh_counter OR s.rotated_at > ${windowBegan})
                           THEN NULL ELSE statement_timestamp() END,
    revoke_reason   = CASE WHEN s.refresh_counter - a.counter <= 2
                             AND (a.counter >= s.refresh_counter OR s.rotated_at > ${windowBegan})
                           THEN NULL ELSE 'TOKEN_REUSE' END
  FROM asked AS a, users AS u
  WHERE s.id = a.session_id AND s.id = ${named} AND u.id = s.user_id AND u.status = 'active' AND s.revoked_at IS NULL
    AND s.idle_expires_at > statement_timestamp() AND s.absolute_expires_at > statement_timestamp()
  RETURNING s.id, s.user_id, s.refresh_counter, s.last_outcome AS outcome, u.roles, a.event_id, a.ip, a.user_agent,
            floor(extract(epoch FROM s.absolute_expires_at - statement_timestamp()))::int AS seconds_left,
            CASE s.last_outcome WHEN 'REUSED' THEN ${tellRevoked('s.id')} END
), event AS (
  INSERT INTO security_events (id, type, severity, user_id, session_id, ip, user_agent)
  SELECT ${idWithShard('event_id', 'user_id')},
         CASE outcome WHEN 'REUSED' THEN 'refresh.reused' WHEN 'ROTATED' THEN 'session.refreshed'
                      WHEN 'AHEAD' THEN 'session.counter_ahead' WHEN 'REPLAYED' THEN 'refresh.replayed'
                      WHEN 'MISMATCH' THEN 'refresh.client_mismatch' ELSE 'refresh.stale' END,
         CASE outcome WHEN 'REUSED' THEN 2 WHEN 'STALE' THEN 1 WHEN 'MISMATCH' THEN 1 WHEN 'AHEAD' THEN 1 ELSE 0 END,
         user_id, id, ip, user_agent
  FROM presented
)
SELECT id AS "sessionId", user_id AS "userId", refresh_counter::text AS counter, outcome, to_json(roles) AS roles,
       seconds_left AS "secondsLeft" FROM presented`;
}

const ROTATE = hotStatement(
  'rotate-refresh-token',
  rotation('SELECT $6::uuid, $7::bigint, $8::inet, $9::text, $10::text, $11::uuid, $12::uuid', '$6'),
);

/** Waits for nobody: a session that another statement holds is left out. */
const ROTATE_TOGETHER = hotStatement(
  'rotate-refresh-tokens',
  rotation(
    `
    SELECT token.*
    FROM unnest($6::uuid[], $7::bigint[], $8::inet[], $9::text[], $10::text[], $11::uuid[], $12::uuid[]) AS token (id)
    JOIN sessions AS held ON held.id = token.id FOR NO KEY UPDATE OF held SKIP LOCKED`,
    'ANY ($6)',
  ),
);

const BY_ID = compiledRead({ entity: Session, name: 'session-by-id', where: 'e.id = $1' });

interface RotatedRow {
  sessionId: string;
  userId: string;
  counter: string;
  outcome: 'ROTATED' | 'AHEAD' | 'REPLAYED' | 'STALE' | 'MISMATCH' | 'REUSED';
  roles: string[];
  secondsLeft: number;
}

/** Presents an authentic refresh token. What it decided has been committed when it returns. */
export async function rotate(em: EntityManager, token: PresentedToken, rules: RotationRules): Promise<Verdict> {
  const [row] = await sql<RotatedRow>(em, ROTATE, [...parametersOf(rules), ...columnsOf(token)]);
  return row ? verdictOf(row) : ended(em, token.sessionId);
}

/**
 * Presents tokens of different sessions in one statement, which costs little more than one of them would.
 *
 * @returns the verdicts that there are, by session: none where another statement held the session, or it has ended.
 */
export async function rotateTogether(
  em: EntityManager,
  tokens: readonly PresentedToken[],
  rules: RotationRules,
): Promise<ReadonlyMap<string, Verdict>> {
  const rowsOfColumns = tokens.map(columnsOf);
  const columns = rowsOfColumns[0]?.map((_, column) => rowsOfColumns.map((row) => row[column])) ?? [];
  const rows = await sql<RotatedRow>(em, ROTATE_TOGETHER, [...parametersOf(rules), ...columns]);
  return new Map(rows.map((row) => [row.sessionId, verdictOf(row)]));
}

function parametersOf({ graceSeconds, idleTtlSeconds, longestLostSeconds, watched }: RotationRules): unknown[] {
  return [
    `${graceSeconds} seconds`,
    `${idleTtlSeconds} seconds`,
    MAX_REPLAYS,
    `${longestLostSeconds} seconds`,
    watched,
  ];
}

function columnsOf(token: PresentedToken): (string | null)[] {
  const { sessionId, counter, ip, userAgent, userAgentFamily, deviceId } = token;
  return [sessionId, counter.toString(), ip, userAgent, userAgentFamily, deviceId, newIdWithoutShard()];
}

function verdictOf(row: RotatedRow): Verdict {
  const { outcome, userId } = row;
  switch (outcome) {
    case 'ROTATED':
    case 'AHEAD':
    case 'REPLAYED':
      return { outcome, userId, counter: BigInt(row.counter), roles: row.roles, secondsLeft: row.secondsLeft };
    case 'STALE':
    case 'MISMATCH':
    case 'REUSED':
      return { outcome, userId };
  }
}

/** Why nothing was done with it. */
async function ended(em: EntityManager, sessionId: string): Promise<Verdict> {
  const [session] = await BY_ID(em, [sessionId]);
  if (!session) return { outcome: 'UNKNOWN' };
  return { outcome: 'ENDED', userId: session.user.id, reason: session.endReason ?? 'ACCOUNT_DISABLED' };
}
