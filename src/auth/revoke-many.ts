import { revokeImportedTokens } from '../domain/imported-token.js';
import * as refreshToken from '../domain/refresh-token.js';
import { recordEvents } from '../domain/security-event.js';
import { revokeSessions } from '../domain/session/revoke.js';
import { findSessions, type Session } from '../domain/session/session.js';
import { lockUser } from '../domain/user/user.js';
import type { Deps } from './deps.js';
import type { RequestMeta, Viewer } from './request-meta.js';

export interface RevokedMany {
  readonly sessions: readonly Session[];
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
  await deps.limits.consume('account.write', viewer.userId);

  const ended = await deps.em.transactional(async (tx) => {
    await lockUser(tx, viewer.userId);
    const selection = which === 'all' ? ({ all: true } as const) : { allBut: viewer.sessionId };
    const ids = await revokeSessions(tx, viewer.userId, selection, 'REVOKED_BY_USER');
    await revokeImportedTokens(tx, viewer.userId, 'REVOKED_BY_USER');
    await recordEvents(
      tx,
      meta,
      ids.map((sessionId) => ({
        type: 'session.revoked',
        userId: viewer.userId,
        sessionId,
        details: { reason: 'REVOKED_BY_USER', which },
      })),
    );
    return ids;
  });
  deps.revocations.add(ended);
  const cookieSession = refreshToken.sessionOf(deps.refreshKeys, meta.refreshCookie);
  return {
    sessions: await findSessions(deps.em.fork(), ended),
    endsCookies: cookieSession !== undefined && ended.includes(cookieSession),
  };
}
