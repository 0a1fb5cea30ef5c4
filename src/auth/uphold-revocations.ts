import type { SessionEndReason } from '../errors.js';
import { recordEvents } from '../domain/security-event.js';
import { AGAIN_BATCH_SESSIONS, revokeAgain } from '../domain/session/revoke.js';
import type { Deps } from './deps.js';

/**
 * Ends sessions again whose end the database has lost, as a fail-over to a standby loses the last commits. Each has an event
 * that says so; it cannot say who had asked for it first.
 *
 * @returns the ids of those that lived.
 */
export async function upholdRevocations(
  { em }: Pick<Deps, 'em'>,
  sessionIds: readonly string[],
  reason: SessionEndReason,
): Promise<string[]> {
  const ended: string[] = [];
  for (let from = 0; from < sessionIds.length; from += AGAIN_BATCH_SESSIONS) {
    const batch = sessionIds.slice(from, from + AGAIN_BATCH_SESSIONS);
    const sessions = await em.transactional(async (tx) => {
      const live = await revokeAgain(tx, batch, reason);
      await recordEvents(
        tx,
        { ip: null, userAgent: null },
        live.map(({ id, user }) => ({
          type: 'session.revoked',
          userId: user.id,
          sessionId: id,
          details: { reason, databaseHadLostIt: true },
        })),
      );
      return live;
    });
    ended.push(...sessions.map(({ id }) => id));
  }
  return ended;
}
