import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import { SecurityEvent, SEVERITIES, type Severity } from '../storage/entities/security-event.js';
import { leastIdAt, newId, newIdOf } from '../storage/ids.js';
import { removable } from '../storage/removable.js';

export { SEVERITIES };
export type { SecurityEvent, Severity };

/** Every type there is, with its severity. */
export const EVENT_TYPES = {
  'signup.succeeded': 'INFO',
  'signup.failed': 'INFO',
  'user.created': 'INFO',
  'user.roles_changed': 'WARNING',
  'user.deleted': 'WARNING',
  'user.disabled': 'WARNING',
  'user.enabled': 'INFO',
  'password.changed': 'WARNING',
  'password.unchecked': 'INFO',
  'login.succeeded': 'INFO',
  'login.failed': 'WARNING',
  'identity.linked': 'WARNING',
  'identity.unlinked': 'WARNING',
  'account.claimed': 'WARNING',
  'device.added': 'INFO',
  'device.renamed': 'INFO',
  'session.imported': 'INFO',
  'session.refreshed': 'INFO',
  'session.counter_ahead': 'WARNING',
  'session.revoked': 'INFO',
  'refresh.replayed': 'INFO',
  'refresh.stale': 'WARNING',
  'refresh.client_mismatch': 'WARNING',
  'refresh.reused': 'CRITICAL',
  'refresh.refused': 'INFO',
  'limit.reached': 'WARNING',
  'worker.died': 'WARNING',
} as const satisfies Record<string, Severity>;
export type EventType = keyof typeof EVENT_TYPES;

const MAX_PAGE_EVENTS = 100;

export interface EventSource {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export interface NewEvent {
  readonly type: EventType;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly details?: Record<string, unknown> | undefined;
}

/**
 * What happened to an account, for its owner and for auditors. Within a transaction the events are written with it, when it
 * flushes; outside, they are written when this returns. Two statements carry their own event instead: a refresh
 * (session/rotate.ts), and the end of one session (session/revoke.ts).
 *
 * @returns their ids, in order.
 */
export async function recordEvents(
  em: EntityManager,
  { ip, userAgent }: EventSource,
  events: readonly NewEvent[],
): Promise<string[]> {
  const rows = events.map(({ type, userId = null, sessionId = null, details = {} }) => ({
    id: userId === null ? newId() : newIdOf(userId),
    type,
    severityRank: SEVERITIES.indexOf(EVENT_TYPES[type]),
    userId,
    sessionId,
    ip,
    userAgent,
    details,
  }));
  if (em.isInTransaction()) for (const row of rows) em.create(SecurityEvent, row);
  else if (rows.length > 0) await em.insertMany(SecurityEvent, rows);
  return rows.map(({ id }) => id);
}

export interface EventFilter {
  readonly types?: readonly string[] | undefined;
  readonly minSeverity?: Severity | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface EventPage {
  readonly events: readonly SecurityEvent[];
  readonly hasNextPage: boolean;
}

/**
 * A user's own events, newest first. `session.refreshed` is left out unless it is asked for by name: it is most of them.
 *
 * @param first 1 to 100.
 * @param afterId the last event of the page before.
 */
export async function listEvents(
  em: EntityManager,
  userId: string,
  page: { readonly first: number; readonly afterId: string | null },
  filter: EventFilter,
): Promise<EventPage> {
  const where: FilterQuery<SecurityEvent>[] = [
    { userId },
    filter.types ? { type: { $in: filter.types.filter(isEventType) } } : { type: { $ne: 'session.refreshed' } },
  ];
  if (page.afterId) where.push({ id: { $lt: page.afterId } });
  if (filter.minSeverity) where.push({ severityRank: { $gte: SEVERITIES.indexOf(filter.minSeverity) } });
  if (filter.since) where.push({ occurredAt: { $gte: filter.since } });
  if (filter.until) where.push({ occurredAt: { $lte: filter.until } });

  const limit = Math.min(page.first, MAX_PAGE_EVENTS);
  const events = await em.find(SecurityEvent, { $and: where }, { orderBy: { id: 'desc' }, limit: limit + 1 });
  return { events: events.slice(0, limit), hasNextPage: events.length > limit };
}

/** A name that no event can have is not worth asking for; one with a NUL in it would not even reach the database. */
function isEventType(name: string): name is EventType {
  return Object.hasOwn(EVENT_TYPES, name);
}

/** Found by their ids, which are in the order of time; that time is of the node, so the database's has the last word. */
export const oldEvents = removable({
  table: 'security_events',
  key: 'id',
  where: `id < ${leastIdAt('(now() - $1::interval)')} AND occurred_at < now() - $1::interval`,
  order: 'id',
});
