import { AuthError } from '../errors.js';
import type { Deps } from './deps.js';
import type { Viewer } from './request-meta.js';

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i; // RFC 6750 §2.1

/**
 * Reads the Authorization header. It costs no query: revoked sessions are known in memory.
 *
 * @returns null when there is no header: anonymous.
 * @throws AuthError UNAUTHENTICATED when there is one that does not hold: forged, expired, revoked.
 */
export async function authenticate(
  deps: Pick<Deps, 'accessTokens' | 'revocations'>,
  authorization: string | undefined,
): Promise<Viewer | null> {
  if (authorization === undefined) return null;

  const token = BEARER.exec(authorization)?.[1];
  const claims = token ? await deps.accessTokens.verify(token) : null;
  if (!claims)
    throw new AuthError('UNAUTHENTICATED', { why: 'The access token is not valid or has expired.', presented: true });
  if (deps.revocations.isRevoked(claims.sessionId))
    throw new AuthError('UNAUTHENTICATED', { why: 'The session of this access token has ended.', presented: true });

  const { userId, sessionId, roles, issuedAtMs, expiresAtMs } = claims;
  return { userId, sessionId, roles, tokenIssuedAt: new Date(issuedAtMs), tokenExpiresAt: new Date(expiresAtMs) };
}
