import { AuthError } from '../errors.js';
import { readDevices } from '../domain/device/device-cookie.js';
import { describeUserAgent } from '../domain/device/user-agent.js';
import { IMPORTED_TOKEN_COUNTER } from '../domain/imported-token.js';
import * as refreshToken from '../domain/refresh-token.js';
import { recordEvents } from '../domain/security-event.js';
import type { Deps } from './deps.js';
import { exchangeImportedToken } from './steps/exchange-imported-token.js';
import type { RequestMeta } from './request-meta.js';
import { issueTokens } from './steps/start-session.js';

export interface Refreshed {
  readonly userId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly outcome: 'ROTATED' | 'REPLAYED';
}

type RefreshDeps = Pick<
  Deps,
  'em' | 'clock' | 'settings' | 'rotate' | 'limits' | 'accessTokens' | 'refreshKeys' | 'deviceKeys' | 'revocations'
> &
  Pick<Deps, 'countRefresh'>;

/**
 * Exchanges a refresh token for an access token and its successor (RFC 6749 §6; rotation and reuse: RFC 9700 §4.14.2).
 *
 * Safe to retry: an answer that was lost is given again, word for word, for the length of the grace window.
 *
 * @throws AuthError INVALID_REFRESH_TOKEN | STALE_REFRESH_TOKEN | SESSION_ENDED | RATE_LIMITED
 */
export async function refresh(deps: RefreshDeps, meta: RequestMeta, presented: string): Promise<Refreshed> {
  // 1. Ours, or one of the earlier server's? A forged token ends here, before it costs a query.
  const ours = refreshToken.read(deps.refreshKeys, presented);
  const imported = ours ? null : await exchangeImportedToken(deps, meta, presented);
  if (imported?.first) {
    const tokens = await issueTokens(deps, imported.user, imported.session);
    return { ...tokens, userId: imported.user.id, outcome: 'ROTATED' };
  }
  const token = ours ?? { sessionId: imported?.sessionId ?? '', counter: IMPORTED_TOKEN_COUNTER };

  // 2. Within limits, counted on the session that the tag has proven.
  await deps.limits.consume('refresh.session', token.sessionId);

  // 3. One statement decides and writes, its event included. It has committed when it returns. What the database may have lost
  //    in a fail-over, and this node knows, is put right before.
  await deps.revocations.uphold(token.sessionId);
  const verdict = await deps.rotate({
    ...token,
    ip: meta.ip,
    userAgent: meta.userAgent,
    userAgentFamily: describeUserAgent(meta.userAgent).family,
    deviceId: readDevices(deps.deviceKeys.verifying, meta.deviceCookie)[0]?.deviceId ?? null,
  });

  // 4. What it decided.
  deps.countRefresh(verdict.outcome);
  switch (verdict.outcome) {
    case 'ROTATED':
    case 'AHEAD':
    case 'REPLAYED': {
      const { userId, roles, counter, secondsLeft } = verdict;
      const expiresInSeconds = Math.min(deps.accessTokens.ttlSeconds, Math.max(1, secondsLeft));
      const { sessionId } = token;
      return {
        userId,
        sessionId,
        accessToken: await deps.accessTokens.sign({ userId, sessionId, roles }, expiresInSeconds),
        refreshToken: refreshToken.mint(deps.refreshKeys, sessionId, counter),
        expiresInSeconds,
        outcome: verdict.outcome === 'REPLAYED' ? 'REPLAYED' : 'ROTATED',
      };
    }
    case 'STALE':
    case 'MISMATCH':
      throw new AuthError('STALE_REFRESH_TOKEN');
    case 'REUSED':
      deps.revocations.add([token.sessionId], 'TOKEN_REUSE');
      throw new AuthError('SESSION_ENDED', { reason: 'TOKEN_REUSE' });
    case 'ENDED': {
      const { userId, reason } = verdict;
      await recordEvents(deps.em, meta, [
        { type: 'refresh.refused', userId, sessionId: token.sessionId, details: { reason } },
      ]);
      throw new AuthError('SESSION_ENDED', { reason });
    }
    case 'UNKNOWN':
      throw new AuthError('INVALID_REFRESH_TOKEN');
  }
}
