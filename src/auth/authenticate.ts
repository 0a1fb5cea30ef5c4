import { isRevoked } from '../domain/session/session.js';
import { AuthError } from '../errors.js';
import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i; // RFC 6750 §2.1

/**
 * Reads the Authorization header. Where the list of revoked sessions is behind, the database is asked: whatever is done
 * here with an access token needs the database anyway.
 *
 * @returns null when there is no header: anonymous.
 * @throws AuthError UNAUTHENTICATED when there is one that does not hold: forged, expired, revoked.
 */
export async function authenticate(
  deps: Pick<Deps, 'em' | 'accessTokens' | 'revocations'>,
  authorization: string | undefined,
): Promise<Viewer | null> {
  const viewer = await authenticateByList(deps, authorization);
  if (viewer && deps.revocations.isStale() && (await isRevoked(deps.em, viewer.sessionId))) throw ended();
  return viewer;
}

/**
 * The same at no query, for those who only ask whose a request is: revoked sessions are known in memory, and the last list
 * that was read goes on while the database is away.
 *
 * @throws AuthError UNAUTHENTICATED
 */
export async function authenticateByList(
  deps: Pick<Deps, 'accessTokens' | 'revocations'>,
  authorization: string | undefined,
): Promise<Viewer | null> {
  if (authorization === undefined) return null;

  const token = BEARER.exec(authorization)?.[1];
  const claims = token ? await deps.accessTokens.verify(token) : null;
  if (!claims)
    throw new AuthError('UNAUTHENTICATED', { why: 'The access token is not valid or has expired.', presented: true });
  if (deps.revocations.isRevoked(claims.sessionId)) throw ended();

  const { userId, sessionId, roles, issuedAtMs, expiresAtMs } = claims;
  return { userId, sessionId, roles, tokenIssuedAt: new Date(issuedAtMs), tokenExpiresAt: new Date(expiresAtMs) };
}

function ended(): AuthError {
  return new AuthError('UNAUTHENTICATED', { why: 'The session of this access token has ended.', presented: true });
}
