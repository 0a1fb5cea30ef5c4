import { validate as isUuid } from 'uuid';
import { AuthError } from '../errors.js';
import { PASSWORD_MIN_CHARACTERS } from '../domain/password/password.js';
import { listIdentities, type Identity } from '../domain/provider/identity.js';
import {
  listEvents,
  SEVERITIES,
  type EventFilter,
  type EventPage,
  type SecurityEvent,
} from '../domain/security-event.js';
import { findSessions, SESSION_STATUSES, type SessionOnDevice, type SessionStatus } from '../domain/session/session.js';
import { USER_TYPES, type User } from '../domain/user/user.js';
import type { Device } from '../storage/entities/device.js';
import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

export { SESSION_STATUSES, SEVERITIES, USER_TYPES };
export type { Device, EventFilter, EventPage, Identity, SecurityEvent, SessionOnDevice, SessionStatus, User };

/** The account of someone who is signed in. @throws AuthError UNAUTHENTICATED when it is gone or disabled. */
export async function account(deps: Pick<Deps, 'readUser'>, userId: string): Promise<User> {
  const user = await deps.readUser(userId);
  if (user?.status !== 'active')
    throw new AuthError('UNAUTHENTICATED', { why: 'This account is no longer active.', presented: true });
  return user;
}

/** The viewer's sessions, newest use first. */
export async function sessions(
  deps: Pick<Deps, 'readSessions'>,
  viewer: Viewer,
  status: SessionStatus,
): Promise<readonly SessionOnDevice[]> {
  return deps.readSessions(viewer.userId, status);
}

/** One session that the caller is known to own. @throws AuthError NOT_FOUND */
export async function sessionById(deps: Pick<Deps, 'em'>, sessionId: string): Promise<SessionOnDevice> {
  const [session] = await findSessions(deps.em, [sessionId]);
  if (!session) throw new AuthError('NOT_FOUND', { what: 'The session no longer exists.' });
  return session;
}

/** The providers that the viewer can sign in with, oldest first. */
export function identities(deps: Pick<Deps, 'em'>, viewer: Viewer): Promise<Identity[]> {
  return listIdentities(deps.em, viewer.userId);
}

export const MAX_FIRST = 100;
const EARLIEST = new Date('0001-01-01T00:00:00Z'); // before it PostgreSQL and ISO 8601 count years differently
const LATEST = new Date('9999-12-31T23:59:59.999Z'); // after it ISO 8601 writes years in a form that PostgreSQL does not read

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
    if (filter[bound] && (filter[bound] < EARLIEST || filter[bound] > LATEST))
      throw refuse(bound, `${bound} is in the years 1 to 9999.`);
  return listEvents(deps.em, viewer.userId, { first, afterId }, filter);
}

export interface AuthConfig {
  readonly signupEnabled: boolean;
  /** Characters. */
  readonly passwordMinLength: number;
  /** Their names, as in /auth/NAME/start. */
  readonly providers: readonly string[];
}

/** What a sign-in form needs to know before anyone is signed in. */
export function authConfig(deps: Pick<Deps, 'settings' | 'providers'>): AuthConfig {
  return {
    signupEnabled: deps.settings.signupOpen,
    passwordMinLength: PASSWORD_MIN_CHARACTERS,
    providers: deps.providers.names,
  };
}
