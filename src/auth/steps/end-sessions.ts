import type { EntityManager } from '@mikro-orm/postgresql';
import type { SessionEndReason } from '../../errors.js';
import { revokeImportedTokens } from '../../domain/imported-token.js';
import { recordEvents, type EventSource } from '../../domain/security-event.js';
import { revokeSessions, revokeSomeSessions, type Selection } from '../../domain/session/revoke.js';

/** An operator at the command line: no address, no browser. */
export const OPERATOR: EventSource = { ip: null, userAgent: 'fluxgate command line' };

export interface Ending {
  readonly userId: string;
  readonly selection: Selection;
  readonly reason: SessionEndReason;
  /** What else the events tell. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Ends sessions of one user, with an event each, in the transaction that has taken the user's row. Whatever ends more than
 * one session also ends the tokens of the earlier server that could still become one.
 *
 * @returns the ids of those that it ended.
 */
export async function endSessions(
  tx: EntityManager,
  source: EventSource,
  { userId, selection, reason, details }: Ending,
): Promise<string[]> {
  const ids = await revokeSessions(tx, userId, selection, reason);
  if (!('sessionId' in selection)) await revokeImportedTokens(tx, userId, reason);
  await recordEvents(
    tx,
    source,
    ids.map((sessionId) => ({ type: 'session.revoked', userId, sessionId, details: { reason, ...details } })),
  );
  return ids;
}

/** The same of anybody, a batch at a time. @param begunBefore as databaseTime gives it. @returns how many. */
export async function endSomeSessions(
  tx: EntityManager,
  source: EventSource,
  begunBefore: string,
  reason: SessionEndReason,
): Promise<number> {
  const ended = await revokeSomeSessions(tx, begunBefore, reason);
  await recordEvents(
    tx,
    source,
    ended.map(({ id, userId }) => ({ type: 'session.revoked', userId, sessionId: id, details: { reason } })),
  );
  return ended.length;
}
