import type { Loaded } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { batchReads } from '../../storage/batch-reads.js';
import { compiledRead } from '../../storage/compiled-read.js';
import { databaseNowPlus } from '../../storage/database-clock.js';
import type { Device } from '../../storage/entities/device.js';
import { Session, SESSION_STATUSES, type SessionStatus } from '../../storage/entities/session.js';
import type { User } from '../../storage/entities/user.js';
import { newIdOf } from '../../storage/ids.js';

export { SESSION_STATUSES };
export type { Session, SessionStatus };

/** A session as its owner may see it, with the device that it runs on. */
export type SessionOnDevice = Loaded<Session, 'device'>;

const MAX_LISTED_SESSIONS = 200;

export interface NewSession {
  readonly user: User;
  readonly device: Device;
  readonly userAgentFamily: string;
  readonly ip: string | null;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
}

/** Begins a session. Its deadlines are the database's. */
export function newSession(tx: EntityManager, session: NewSession): Session {
  const { user, device, userAgentFamily, ip, idleTtlSeconds, absoluteTtlSeconds } = session;
  const begun = tx.create(
    Session,
    { id: newIdOf(user.id), user, device, rotatedBy: userAgentFamily, lastIp: ip },
    { partial: true },
  );
  begun.idleExpiresAt = databaseNowPlus(Math.min(idleTtlSeconds, absoluteTtlSeconds));
  begun.absoluteExpiresAt = databaseNowPlus(absoluteTtlSeconds);
  return begun;
}

const WITH_DEVICE = { entity: Session, populate: ['device'], orderBy: { lastUsedAt: 'desc', id: 'desc' } } as const;

/** Of several users at once, as many of each as are listed. */
function listing(name: string, condition: string) {
  return compiledRead({
    ...WITH_DEVICE,
    name,
    where: `e.id IN (
      SELECT newest.id FROM unnest($1::uuid[]) AS owner (id)
      CROSS JOIN LATERAL (
        SELECT s.id FROM sessions AS s WHERE s.user_id = owner.id AND ${condition}
        ORDER BY s.last_used_at DESC, s.id DESC LIMIT ${MAX_LISTED_SESSIONS}
      ) AS newest
    )`,
  });
}
const LISTINGS = {
  ACTIVE: listing(
    'active-sessions',
    's.revoked_at IS NULL AND s.idle_expires_at > now() AND s.absolute_expires_at > now()',
  ),
  EXPIRED: listing(
    'expired-sessions',
    's.revoked_at IS NULL AND (s.idle_expires_at <= now() OR s.absolute_expires_at <= now())',
  ),
  REVOKED: listing('revoked-sessions', 's.revoked_at IS NOT NULL'),
} satisfies Record<SessionStatus, unknown>;
const BY_IDS = compiledRead({ ...WITH_DEVICE, name: 'sessions-by-ids', where: 'e.id = ANY ($1::uuid[])' });

/** A user's sessions with their devices, newest use first; the newest 200. */
export async function listSessions(
  em: EntityManager,
  userId: string,
  status: SessionStatus,
): Promise<SessionOnDevice[]> {
  return LISTINGS[status](em, [[userId]]);
}

/** Lists as listSessions does, for as many requests as there are at once: one statement for all that wait. */
export type SessionReader = (userId: string, status: SessionStatus) => Promise<readonly SessionOnDevice[]>;

export function createSessionReader(em: EntityManager): SessionReader {
  const readerOf = (status: SessionStatus) =>
    batchReads(async (userIds) => Map.groupBy(await LISTINGS[status](em, [userIds]), ({ user }) => user.id));
  const readers = { ACTIVE: readerOf('ACTIVE'), EXPIRED: readerOf('EXPIRED'), REVOKED: readerOf('REVOKED') };
  return async (userId, status) => (await readers[status](userId)) ?? [];
}

const LIVE = compiledRead({
  entity: Session,
  name: 'live-sessions-of-user',
  where: 'e.user_id = $1 AND e.revoked_at IS NULL AND e.idle_expires_at > now() AND e.absolute_expires_at > now()',
  orderBy: { id: 'asc' },
});

/** All that a user has at this moment, oldest first. */
export async function liveSessions(tx: EntityManager, userId: string): Promise<Session[]> {
  return LIVE(tx, [userId]);
}

/** Some sessions by id, with their devices; those that do not exist are left out. */
export async function findSessions(em: EntityManager, ids: readonly string[]): Promise<SessionOnDevice[]> {
  return ids.length === 0 ? [] : BY_IDS(em, [ids]);
}

/** Whether a session has been revoked, or is gone: where the list of revoked sessions may be behind. */
export async function isRevoked(em: EntityManager, sessionId: string): Promise<boolean> {
  const [session] = await findSessions(em, [sessionId]);
  return session === undefined || session.revokedAt !== null;
}
