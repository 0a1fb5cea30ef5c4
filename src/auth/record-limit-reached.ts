import { limitOf } from '../domain/rate-limit/policies.js';
import { recordEvents } from '../domain/security-event.js';
import { findSessions } from '../domain/session/session.js';
import type { Deps } from './deps.js';
import type { RequestMeta } from './request-meta.js';

/**
 * Writes down that somebody has nothing left of a limit: once a window, whatever is refused in it afterwards. A user's own
 * list has it where nobody else can spend the limit: what strangers can spend by an account's name buries nothing there.
 */
export async function recordLimitReached(
  deps: Pick<Deps, 'em'>,
  meta: RequestMeta,
  policy: string,
  identity: string,
): Promise<void> {
  if (policy === 'attempt.told') return; // it refuses nobody
  const { by } = limitOf(policy);
  const [session] = by === 'session' ? await findSessions(deps.em, [identity]) : [];
  const userId = by === 'user' ? identity : session?.user.id;
  await recordEvents(deps.em, meta, [{ type: 'limit.reached', userId, sessionId: session?.id, details: { policy } }]);
}
