import { AuthError } from '../../errors.js';
import { digestOf, findImportedToken, lockImportedToken } from '../../domain/imported-token.js';
import { consumeByAddress } from '../../domain/rate-limit/by-address.js';
import { lockUser, type User } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';
import { startSession, type StartedSession } from './start-session.js';

export type Exchanged =
  | { readonly first: true; readonly user: User; readonly session: StartedSession }
  | { readonly first: false; readonly sessionId: string };

/**
 * The step that refreshing and signing out share for a token of the server that this one took over from: it becomes a
 * session of ours, once, so that nobody is signed out at the cut-over.
 *
 * @throws AuthError INVALID_REFRESH_TOKEN | SESSION_ENDED | RATE_LIMITED
 */
export async function exchangeImportedToken(
  deps: Pick<Deps, 'em' | 'clock' | 'settings' | 'limits' | 'refreshKeys' | 'deviceKeys'>,
  meta: RequestMeta,
  presented: string,
): Promise<Exchanged> {
  // 1. What cannot be such a token costs no query; the rest is limited by address, for lack of a tag to verify.
  const digest = digestOf(presented);
  if (!digest) throw new AuthError('INVALID_REFRESH_TOKEN');
  await consumeByAddress(deps.limits, 'refresh.imported', meta.ip);

  // 2. Its session, or a new one: of two exchanges at once, the second finds what the first made.
  const result = await deps.em.transactional(async (tx) => {
    const known = await findImportedToken(tx, digest);
    const user = known && (await lockUser(tx, known.user.id));
    const imported = user && (await lockImportedToken(tx, digest));
    if (!imported) return null;
    if (imported.sessionId) return { first: false, sessionId: imported.sessionId } as const;
    if (imported.endReason) return { endReason: imported.endReason } as const;
    if (user.status !== 'active') return { endReason: 'ACCOUNT_DISABLED' } as const;
    const { deviceName } = imported;
    const signIn = { user, deviceName, getsCookie: false, event: 'session.imported' } as const;
    const session = await startSession(tx, deps, meta, signIn);
    imported.sessionId = session.sessionId;
    return { first: true, user, session } as const;
  });

  // 3. Why there is none.
  if (!result) throw new AuthError('INVALID_REFRESH_TOKEN');
  if ('endReason' in result) throw new AuthError('SESSION_ENDED', { reason: result.endReason });
  return result;
}
