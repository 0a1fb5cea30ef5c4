import type { EntityManager } from '@mikro-orm/postgresql';
import { knownDeviceIds } from '../../domain/device/device.js';
import type { EventSource } from '../../domain/security-event.js';
import { decideRoom } from '../../domain/session/decide-room.js';
import { liveSessions } from '../../domain/session/session.js';
import type { User } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import { endSessions } from './end-sessions.js';

/**
 * As many sign-ins of one account as may wait for its row at once. What each has counted is of before it waited, so that the
 * sessions themselves are looked at where so many more would be too many.
 */
const MOST_AT_ONCE = 50;

export const NO_ROOM =
  'This account has as many sessions as it may have. End one of them, on a device that is signed in.';

/**
 * Ends what has to give way to a new session, in the transaction that has taken the user's row.
 *
 * @param leaving a session that this sign-in ends anyway.
 * @returns the ids of those that it ended; null where there is no room, and none was ended.
 */
export async function makeRoom(
  tx: EntityManager,
  { settings, clock }: Pick<Deps, 'settings' | 'clock'>,
  source: EventSource,
  { user, deviceId, leaving }: { readonly user: User; readonly deviceId: string; readonly leaving: string | null },
): Promise<string[] | null> {
  const limit = settings.sessionLimit;
  if ((user.liveSessions ?? 0) + MOST_AT_ONCE < limit) return [];

  const sessions = (await liveSessions(tx, user.id)).filter(({ id }) => id !== leaving);
  if (sessions.length < limit) return [];
  const ending = decideRoom({
    limit,
    deviceId,
    knownDeviceIds: await knownDeviceIds(tx, user),
    sessions: sessions.map(({ id, device, lastUsedAt }) => ({ id, deviceId: device.id, lastUsedAt })),
    now: clock(),
  });
  if (!ending) return null;
  for (const sessionId of ending.toSorted())
    // in the order in which whoever ends several takes them
    await endSessions(tx, source, { userId: user.id, selection: { sessionId }, reason: 'SESSION_LIMIT' });
  return ending;
}
