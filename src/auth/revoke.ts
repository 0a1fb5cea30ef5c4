import { validate as isUuid } from 'uuid';
import { AuthError, isAuthError, type SessionEndReason } from '../errors.js';
import * as refreshToken from '../domain/refresh-token.js';
import { revokeSession } from '../domain/session/revoke.js';
import { findSessions, type SessionOnDevice } from '../domain/session/session.js';
import { lockUser } from '../domain/user/user.js';
import type { Deps } from './deps.js';
import { endSessions } from './steps/end-sessions.js';
import { exchangeImportedToken } from './steps/exchange-imported-token.js';
import type { RequestMeta, Viewer } from './request-meta.js';

export interface RevokeInput {
  readonly sessionId: string | null;
  readonly refreshToken: string | null;
}

const NO_SUCH_SESSION = { what: 'You have no such session.' };

type RevokeDeps = Pick<Deps, 'em' | 'clock' | 'settings' | 'limits' | 'refreshKeys' | 'deviceKeys' | 'revocations'>;

/** Who the request proves to be, asked for only where it matters. */
export type Authenticate = () => Promise<Viewer | null>;

interface Target {
  readonly sessionId: string;
  readonly userId: string;
  readonly reason: SessionEndReason;
  /** The session that asks, or whose token is presented: its limit is spent. */
  readonly askedBy: string;
  /** The session that this request runs on, where it proves one. */
  readonly currentSessionId: string | undefined;
}

export interface Revoked {
  readonly session: SessionOnDevice;
  readonly currentSessionId: string | undefined;
  /** Whether the refresh cookie that was sent is of the session that has ended. */
  readonly endsCookies: boolean;
}

/**
 * Ends one session: the one named, the one whose refresh token is presented (RFC 7009), or the one this request runs
 * on. Ending a session that has already ended succeeds again, writes nothing and tells nobody.
 *
 * @throws AuthError NOT_FOUND | INVALID_REFRESH_TOKEN | RATE_LIMITED | UNAUTHENTICATED
 */
export async function revoke(
  deps: RevokeDeps,
  meta: RequestMeta,
  authenticate: Authenticate,
  input: RevokeInput,
): Promise<Revoked> {
  // 1. Which session, and by what right.
  const target =
    input.refreshToken === null
      ? await byViewer(deps, meta, authenticate, input.sessionId)
      : await byToken(deps, meta, input.refreshToken, input.sessionId);
  await deps.limits.consume('session.end', target.askedBy);

  // 2. The session and its event. Another user's session is no different from one that does not exist.
  const revoked = await revokeSession(deps.em, target, target.reason, meta);
  if (!revoked) throw new AuthError('NOT_FOUND', NO_SUCH_SESSION);
  const { session, endedNow } = revoked;
  if (endedNow) deps.revocations.add([session.id], target.reason);
  else deps.revocations.addEnded([session.id]);

  // 3. What that means to whoever asked.
  const endsCookies = refreshToken.sessionOf(deps.refreshKeys, meta.refreshCookie) === session.id;
  return { session, currentSessionId: target.currentSessionId, endsCookies };
}

export interface RevokedMany {
  readonly sessions: readonly SessionOnDevice[];
  /** Whether the refresh cookie that was sent is of a session that has ended. */
  readonly endsCookies: boolean;
}

/**
 * Ends the viewer's sessions, all or all but the one this request runs on. The user's row is taken first, so that a
 * refresh or a sign-in at the same moment is either ended too or comes after.
 *
 * @throws AuthError RATE_LIMITED
 */
export async function revokeMany(
  deps: Pick<Deps, 'em' | 'limits' | 'refreshKeys' | 'revocations'>,
  meta: RequestMeta,
  viewer: Viewer,
  which: 'others' | 'all',
): Promise<RevokedMany> {
  await deps.limits.consume('session.end', viewer.sessionId);

  const ended = await deps.em.transactional(async (tx) => {
    await lockUser(tx, viewer.userId);
    return endSessions(tx, meta, {
      userId: viewer.userId,
      selection: which === 'all' ? { all: true } : { allBut: viewer.sessionId },
      reason: 'REVOKED_BY_USER',
      details: { which },
    });
  });
  deps.revocations.add(ended, 'REVOKED_BY_USER');
  const cookieSession = refreshToken.sessionOf(deps.refreshKeys, meta.refreshCookie);
  return {
    sessions: await findSessions(deps.em, ended),
    endsCookies: cookieSession !== undefined && ended.includes(cookieSession),
  };
}

async function byToken(deps: RevokeDeps, meta: RequestMeta, presented: string, named: string | null): Promise<Target> {
  const sessionId =
    refreshToken.read(deps.refreshKeys, presented)?.sessionId ?? (await imported(deps, meta, presented));
  if (named !== null && named.toLowerCase() !== sessionId)
    throw new AuthError('NOT_FOUND', { what: 'The refresh token is of another session than the one named.' });

  const [session] = await findSessions(deps.em, [sessionId]);
  if (!session) throw new AuthError('INVALID_REFRESH_TOKEN');
  return { sessionId, userId: session.user.id, reason: 'LOGOUT', askedBy: sessionId, currentSessionId: undefined };
}

/**
 * A token of the earlier server has a session of ours, if only for the moment of ending it. One that had ended before
 * it was exchanged never had one: to end it is to present what is no token of ours.
 */
async function imported(deps: RevokeDeps, meta: RequestMeta, presented: string): Promise<string> {
  try {
    const exchanged = await exchangeImportedToken(deps, meta, presented);
    return exchanged.first ? exchanged.session.sessionId : exchanged.sessionId;
  } catch (error) {
    throw isAuthError(error) && error.code === 'SESSION_ENDED' ? new AuthError('INVALID_REFRESH_TOKEN') : error;
  }
}

async function byViewer(
  deps: RevokeDeps,
  meta: RequestMeta,
  authenticate: Authenticate,
  sessionId: string | null,
): Promise<Target> {
  const cookieSession = refreshToken.sessionOf(deps.refreshKeys, meta.refreshCookie);
  const viewer = await authenticate().catch((error: unknown) => {
    // Signing out works with an access token that has expired, where the refresh cookie still proves the session.
    if (sessionId === null && cookieSession !== undefined && isAuthError(error)) return null;
    throw error;
  });
  if (!viewer && sessionId === null && meta.refreshCookie !== null && cookieSession !== undefined)
    return { ...(await byToken(deps, meta, meta.refreshCookie, null)), currentSessionId: cookieSession };
  if (!viewer) throw new AuthError('UNAUTHENTICATED', { why: 'Sign in to end a session.', presented: false });
  const { userId, sessionId: currentSessionId } = viewer;
  const asking = { userId, askedBy: currentSessionId, currentSessionId };
  if (sessionId === null) return { ...asking, sessionId: currentSessionId, reason: 'LOGOUT' };

  if (!isUuid(sessionId)) throw new AuthError('NOT_FOUND', NO_SUCH_SESSION);
  const id = sessionId.toLowerCase(); // as the database spells it
  return { ...asking, sessionId: id, reason: id === currentSessionId ? 'LOGOUT' : 'REVOKED_BY_USER' };
}
