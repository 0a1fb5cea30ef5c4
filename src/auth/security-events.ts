import { validate as isUuid } from 'uuid';
import { AuthError } from '../errors.js';
import { listEvents, severityOf, type EventFilter, type EventPage } from '../domain/security-event.js';
import type { SecurityEvent } from '../storage/entities/security-event.js';
import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

export { severityOf };
export type { EventFilter, EventPage, SecurityEvent };

const MAX_FIRST = 100;
const EARLIEST = new Date('0001-01-01T00:00:00Z'); // before it PostgreSQL and ISO 8601 count years differently

export interface EventPageRequest {
  /** 1 to 100. */
  readonly first: number;
  /** Cursor of the last event of the page before. */
  readonly after: string | null;
}

/** Opaque to clients: base64url of the event's id. */
export function cursorOf(event: SecurityEvent): string {
  return Buffer.from(event.id).toString('base64url');
}

/** The viewer's own events, newest first. @throws AuthError INVALID_INPUT */
export async function securityEvents(
  deps: Pick<Deps, 'em'>,
  viewer: Viewer,
  { first, after }: EventPageRequest,
  filter: EventFilter,
): Promise<EventPage> {
  const refuse = (path: string, message: string) =>
    new AuthError('INVALID_INPUT', { issues: [{ path: [path], message }] });
  if (first < 1 || first > MAX_FIRST) throw refuse('first', `first is 1 to ${MAX_FIRST}.`);

  const afterId = after === null ? null : Buffer.from(after, 'base64url').toString();
  if (afterId !== null && !isUuid(afterId)) throw refuse('after', 'after is not a cursor of this list.');
  for (const bound of ['since', 'until'] as const)
    if (filter[bound] && filter[bound] < EARLIEST) throw refuse(bound, `${bound} is not before the year 1.`);
  return listEvents(deps.em, viewer.userId, { first, afterId }, filter);
}
