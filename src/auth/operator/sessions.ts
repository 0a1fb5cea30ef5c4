import { validate as isUuid } from 'uuid';
import { AuthError } from '../../errors.js';
import { revokeSomeImportedTokens } from '../../domain/imported-token.js';
import { databaseTime } from '../../domain/session/revoke.js';
import { findSessions, listSessions, type SessionOnDevice } from '../../domain/session/session.js';
import { lockUser } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import { endSessions, endSomeSessions, OPERATOR } from '../steps/end-sessions.js';

const REASON = 'REVOKED_BY_ADMIN';

/** A user's live sessions, newest use first. */
export function sessionsOf(deps: Pick<Deps, 'em'>, userId: string): Promise<SessionOnDevice[]> {
  return listSessions(deps.em, userId, 'ACTIVE');
}

/** Ends one session. @returns whether it was alive. @throws AuthError NOT_FOUND */
export async function endSession(deps: Pick<Deps, 'em'>, sessionId: string): Promise<boolean> {
  const [session] = isUuid(sessionId) ? await findSessions(deps.em, [sessionId]) : [];
  if (!session) throw new AuthError('NOT_FOUND', { what: `There is no session ${sessionId}.` });
  const userId = session.user.id;
  const ended = await deps.em.transactional((tx) =>
    endSessions(tx, OPERATOR, { userId, selection: { sessionId: session.id }, reason: REASON }),
  );
  return ended.length > 0;
}

/** Ends every session of one user. @returns how many. */
export async function endSessionsOf(deps: Pick<Deps, 'em'>, userId: string): Promise<number> {
  return deps.em.transactional(async (tx) => {
    await lockUser(tx, userId);
    return (await endSessions(tx, OPERATOR, { userId, selection: { all: true }, reason: REASON })).length;
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
    const ended = await deps.em.transactional((tx) => endSomeSessions(tx, OPERATOR, begunBefore, REASON));
    if (ended === 0) return total;
    total += ended;
    onBatch(total);
  }
}
