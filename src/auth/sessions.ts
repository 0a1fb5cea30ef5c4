import { AuthError } from '../errors.js';
import { findSessions, statusOf, type Session, type SessionStatus } from '../domain/session/session.js';
import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

export { statusOf };
export type { Session, SessionStatus };

/** The viewer's sessions, newest use first. */
export async function sessions(
  deps: Pick<Deps, 'readSessions'>,
  viewer: Viewer,
  status: SessionStatus,
): Promise<readonly Session[]> {
  return deps.readSessions(viewer.userId, status);
}

/** One session that the caller is known to own. @throws AuthError NOT_FOUND */
export async function sessionById(deps: Pick<Deps, 'em'>, sessionId: string): Promise<Session> {
  const [session] = await findSessions(deps.em, [sessionId]);
  if (!session) throw new AuthError('NOT_FOUND', { what: 'The session no longer exists.' });
  return session;
}
