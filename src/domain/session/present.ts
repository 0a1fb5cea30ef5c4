import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import type { SessionEndReason } from '../../errors.js';
import { tellRevoked } from '../../storage/listener.js';
import { sql, type HotStatement } from '../../storage/orm.js';

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

export interface Presentation {
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

export interface PresentationRules {
  readonly graceSeconds: number;
  readonly idleTtlSeconds: number;
}

const MAX_REPLAYS = 40;

/** One statement decides and writes, its event included: winners and losers of a race run the same code. */
const PRESENT: HotStatement = {
  name: 'present-refresh-token',
  text: `
WITH presented AS (
  UPDATE sessions AS s SET
    last_outcome = CASE
        WHEN $2 > s.refresh_counter THEN 'AHEAD'
        WHEN $2 = s.refresh_counter THEN 'ROTATED'
        WHEN s.refresh_counter - $2 > 2 OR s.rotated_at <= statement_timestamp() - $3::interval THEN 'REUSED'
        WHEN s.refresh_counter - $2 = 2 OR s.replays >= $7 THEN 'STALE'
        WHEN CASE WHEN $9::uuid IS NULL THEN s.rotated_by = $10::text ELSE s.device_id = $9::uuid END THEN 'REPLAYED'
        ELSE 'MISMATCH' END,
    refresh_counter = GREATEST(s.refresh_counter, CASE WHEN $2 >= s.refresh_counter THEN $2 + 1 ELSE 0 END),
    rotated_at      = CASE WHEN $2 >= s.refresh_counter THEN statement_timestamp() ELSE s.rotated_at END,
    rotated_by      = CASE WHEN $2 >= s.refresh_counter THEN $10::text ELSE s.rotated_by END,
    last_ip         = CASE WHEN $2 >= s.refresh_counter THEN $5::inet ELSE s.last_ip END,
    last_used_at    = CASE WHEN $2 >= s.refresh_counter THEN statement_timestamp() ELSE s.last_used_at END,
    replays         = CASE WHEN $2 >= s.refresh_counter THEN 0
                           WHEN s.refresh_counter - $2 = 1 THEN s.replays + 1 ELSE s.replays END,
    idle_expires_at = CASE WHEN $2 >= s.refresh_counter
                           THEN LEAST(s.absolute_expires_at, statement_timestamp() + $4::interval) ELSE s.idle_expires_at END,
    revoked_at      = CASE WHEN s.refresh_counter - $2 <= 2
                             AND ($2 >= s.refresh_counter OR s.rotated_at > statement_timestamp() - $3::interval)
                           THEN NULL ELSE statement_timestamp() END,
    revoke_reason   = CASE WHEN s.refresh_counter - $2 <= 2
                             AND ($2 >= s.refresh_counter OR s.rotated_at > statement_timestamp() - $3::interval)
                           THEN NULL ELSE 'TOKEN_REUSE' END
  FROM users AS u
  WHERE s.id = $1 AND u.id = s.user_id AND u.status = 'active' AND s.revoked_at IS NULL
    AND s.idle_expires_at > statement_timestamp() AND s.absolute_expires_at > statement_timestamp()
  RETURNING s.id, s.user_id, s.refresh_counter, s.last_outcome AS outcome, u.roles,
            floor(extract(epoch FROM s.absolute_expires_at - statement_timestamp()))::int AS seconds_left,
            CASE s.last_outcome WHEN 'REUSED' THEN ${tellRevoked('s.id')} END
), event AS (
  INSERT INTO security_events (id, type, severity, user_id, session_id, ip, user_agent)
  SELECT $8::uuid,
         CASE outcome WHEN 'REUSED' THEN 'refresh.reused' WHEN 'ROTATED' THEN 'session.refreshed'
                      WHEN 'AHEAD' THEN 'session.counter_ahead' WHEN 'REPLAYED' THEN 'refresh.replayed'
                      WHEN 'MISMATCH' THEN 'refresh.client_mismatch' ELSE 'refresh.stale' END,
         CASE outcome WHEN 'REUSED' THEN 2 WHEN 'STALE' THEN 1 WHEN 'MISMATCH' THEN 1 WHEN 'AHEAD' THEN 1 ELSE 0 END,
         user_id, id, $5::inet, $6::text
  FROM presented
)
SELECT user_id AS "userId", refresh_counter::text AS counter, outcome, to_json(roles) AS roles,
       seconds_left AS "secondsLeft" FROM presented`,
};

const ENDED = `
SELECT s.user_id AS "userId",
       CASE WHEN s.revoked_at IS NOT NULL THEN s.revoke_reason
            WHEN s.absolute_expires_at <= statement_timestamp() THEN 'EXPIRED_ABSOLUTE'
            WHEN s.idle_expires_at <= statement_timestamp() THEN 'EXPIRED_IDLE'
            ELSE 'ACCOUNT_DISABLED' END AS reason
FROM sessions AS s WHERE s.id = $1`;

interface PresentedRow {
  userId: string;
  counter: string;
  outcome: 'ROTATED' | 'AHEAD' | 'REPLAYED' | 'STALE' | 'MISMATCH' | 'REUSED';
  roles: string[];
  secondsLeft: number;
}

/** Presents an authentic refresh token. What it decided has been committed when it returns. */
export async function present(em: EntityManager, token: Presentation, rules: PresentationRules): Promise<Verdict> {
  const [row] = await sql<PresentedRow>(em, PRESENT, [
    token.sessionId,
    token.counter.toString(),
    `${rules.graceSeconds} seconds`,
    `${rules.idleTtlSeconds} seconds`,
    token.ip,
    token.userAgent,
    MAX_REPLAYS,
    uuidv7(),
    token.deviceId,
    token.userAgentFamily,
  ]);
  if (!row) return ended(em, token.sessionId);

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

async function ended(em: EntityManager, sessionId: string): Promise<Verdict> {
  const [row] = await sql<{ userId: string; reason: SessionEndReason }>(em, ENDED, [sessionId]);
  return row ? { outcome: 'ENDED', ...row } : { outcome: 'UNKNOWN' };
}
