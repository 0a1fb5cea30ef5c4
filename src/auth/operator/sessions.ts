import { validate as isUuid } from 'uuid';
import { AuthError } from '../../errors.js';
import { revokeImportedTokens, revokeSomeImportedTokens } from '../../domain/imported-token.js';
import { recordEvents, type EventSource } from '../../domain/security-event.js';
import { databaseTime, revokeSessions, revokeSomeSessions } from '../../domain/session/revoke.js';
import { findSessions, listSessions, type Session } from '../../domain/session/session.js';
import { lockUser } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';

/** An operator at the command line: no address, no browser. */
const OPERATOR: EventSource = { ip: null, userAgent: 'fluxgate command line' };
const REASON = 'REVOKED_BY_ADMIN';

/** A user's live sessions, newest use first. */
export function sessionsOf(deps: Pick<Deps, 'em'>, userId: string): Promise<Session[]> {
  return listSessions(deps.em, userId, 'ACTIVE');
}

/** Ends one session. @returns whether it was alive. @throws AuthError NOT_FOUND */
export async function endSession(deps: Pick<Deps, 'em'>, sessionId: string): Promise<boolean> {
  const [session] = isUuid(sessionId) ? await findSessions(deps.em, [sessionId]) : [];
  if (!session) throw new AuthError('NOT_FOUND', { what: `There is no session ${sessionId}.` });
  const userId = session.userId;
  const ended = await deps.em.transactional(async (tx) => {
    const ids = await revokeSessions(tx, userId, { sessionId: session.id }, REASON);
    await record(
      tx,
      ids.map((id) => ({ id, userId })),
    );
    return ids;
  });
  return ended.length > 0;
}

/** Ends every session of one user. @returns how many. */
export async function endSessionsOf(deps: Pick<Deps, 'em'>, userId: string): Promise<number> {
  return deps.em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const ids = await revokeSessions(tx, userId, { all: true }, REASON);
    await revokeImportedTokens(tx, userId, REASON);
    await record(
      tx,
      ids.map((id) => ({ id, userId })),
    );
    return ids.length;
  });
}

/**
 * Ends every session of everybody, batch by batch: after a restore from a back-up, whose sessions may have been revoked
 * since it was made. Imported tokens come first, because each can still become a session; who signs in meanwhile stays.
 *
 * @param onBatch told how many have ended so far.
 */
export async function endEverySession(deps: Pick<Deps, 'em'>, onBatch: (ended: number) => void): Promise<number> {
  while ((await revokeSomeImportedTokens(deps.em, REASON)) > 0);
  const begunBefore = await databaseTime(deps.em);

  let total = 0;
  for (;;) {
    const ended = await deps.em.transactional(async (tx) => {
      const batch = await revokeSomeSessions(tx, begunBefore, REASON);
      await record(tx, batch);
      return batch.length;
    });
    if (ended === 0) return total;
    total += ended;
    onBatch(total);
  }
}

async function record(
  tx: Deps['em'],
  ended: readonly { readonly id: string; readonly userId: string }[],
): Promise<void> {
  await recordEvents(
    tx,
    OPERATOR,
    ended.map(({ id, userId }) => ({ type: 'session.revoked', userId, sessionId: id, details: { reason: REASON } })),
  );
}
