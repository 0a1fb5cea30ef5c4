import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import type { SessionEndReason } from '../../errors.js';
import { batchReads } from '../../storage/batch-reads.js';
import { sql, type HotStatement } from '../../storage/orm.js';

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

/** A session as its owner may see it, with the device that it runs on. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly device: SessionDevice;
  readonly lastIp: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly idleExpiresAt: Date;
  readonly absoluteExpiresAt: Date;
  readonly authenticatedAt: Date;
  readonly revokedAt: Date | null;
  /** Why it has ended, by the database's clock at the moment of reading; null while it lives. */
  readonly endReason: SessionEndReason | null;
}

export interface SessionDevice {
  readonly id: string;
  readonly name: string;
  readonly browser: string | null;
  readonly os: string | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** A session and its device, as one row. */
export interface SessionRow extends Omit<Session, 'device'> {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly browser: string | null;
  readonly os: string | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** Of `sessions AS s`, by the database's clock. */
export const END_REASON = `CASE WHEN s.revoked_at IS NOT NULL THEN s.revoke_reason
                         WHEN s.absolute_expires_at <= now() THEN 'EXPIRED_ABSOLUTE'
                         WHEN s.idle_expires_at <= now() THEN 'EXPIRED_IDLE' END`;

/** Of `sessions AS s` and `devices AS d`: a SessionRow, but for how it ended. */
export const COLUMNS = `s.id, s.user_id AS "userId", s.last_ip AS "lastIp", s.created_at AS "createdAt",
  s.last_used_at AS "lastUsedAt", s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt",
  s.authenticated_at AS "authenticatedAt",
  d.id AS "deviceId", d.name AS "deviceName", d.browser, d.os, d.first_seen_at AS "firstSeenAt",
  d.last_seen_at AS "lastSeenAt"`;

const AS_IT_IS = `SELECT ${COLUMNS}, s.revoked_at AS "revokedAt", ${END_REASON} AS "endReason"`;
const NEWEST_USE_FIRST = 'ORDER BY s.last_used_at DESC, s.id DESC';

/** Of several users at once, as many of each as are listed. */
function listing(name: string, condition: string): HotStatement {
  const text = `${AS_IT_IS}
    FROM unnest($1::uuid[]) AS owner (id)
    CROSS JOIN LATERAL (
      SELECT * FROM sessions AS s WHERE s.user_id = owner.id AND ${condition}
      ${NEWEST_USE_FIRST} LIMIT ${MAX_LISTED_SESSIONS}
    ) AS s
    JOIN devices AS d ON d.id = s.device_id
    ${NEWEST_USE_FIRST}`;
  return { name, text };
}
const LISTINGS: Record<SessionStatus, HotStatement> = {
  ACTIVE: listing(
    'active-sessions',
    's.revoked_at IS NULL AND s.idle_expires_at > now() AND s.absolute_expires_at > now()',
  ),
  EXPIRED: listing(
    'expired-sessions',
    's.revoked_at IS NULL AND (s.idle_expires_at <= now() OR s.absolute_expires_at <= now())',
  ),
  REVOKED: listing('revoked-sessions', 's.revoked_at IS NOT NULL'),
};
const BY_IDS: HotStatement = {
  name: 'sessions-by-ids',
  text: `${AS_IT_IS} FROM sessions AS s JOIN devices AS d ON d.id = s.device_id
         WHERE s.id = ANY ($1::uuid[]) ${NEWEST_USE_FIRST}`,
};

/** A user's sessions with their devices, newest use first; the newest 200. */
export async function listSessions(em: EntityManager, userId: string, status: SessionStatus): Promise<Session[]> {
  return (await sql<SessionRow>(em, LISTINGS[status], [[userId]])).map(withDevice);
}

/** Lists as listSessions does, for as many requests as there are at once: one statement for all that wait. */
export type SessionReader = (userId: string, status: SessionStatus) => Promise<readonly Session[]>;

export function createSessionReader(em: EntityManager): SessionReader {
  const readerOf = (status: SessionStatus) =>
    batchReads(async (userIds) => {
      const rows = await sql<SessionRow>(em, LISTINGS[status], [userIds]);
      return Map.groupBy(rows.map(withDevice), ({ userId }) => userId);
    });
  const readers = { ACTIVE: readerOf('ACTIVE'), EXPIRED: readerOf('EXPIRED'), REVOKED: readerOf('REVOKED') };
  return async (userId, status) => (await readers[status](userId)) ?? [];
}

/** Some sessions by id, with their devices; those that do not exist are left out. */
export async function findSessions(em: EntityManager, ids: readonly string[]): Promise<Session[]> {
  return (await sql<SessionRow>(em, BY_IDS, [ids])).map(withDevice);
}

export function withDevice({
  deviceId,
  deviceName,
  browser,
  os,
  firstSeenAt,
  lastSeenAt,
  ...session
}: SessionRow): Session {
  return { ...session, device: { id: deviceId, name: deviceName, browser, os, firstSeenAt, lastSeenAt } };
}

/** Whether a session has been revoked, or is gone: where the list of revoked sessions may be behind. */
export async function isRevoked(em: EntityManager, sessionId: string): Promise<boolean> {
  const rows = await sql(em, 'SELECT FROM sessions WHERE id = $1 AND revoked_at IS NULL', [sessionId]);
  return rows.length === 0;
}

export function statusOf(endReason: SessionEndReason | null): SessionStatus {
  if (!endReason) return 'ACTIVE';
  return endReason === 'EXPIRED_IDLE' || endReason === 'EXPIRED_ABSOLUTE' ? 'EXPIRED' : 'REVOKED';
}
