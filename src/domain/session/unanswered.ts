import { raw, type EntityManager } from '@mikro-orm/postgresql';
import { Session } from '../../storage/entities/session.js';

/** By then the window has closed, whatever was lost. */
const REMEMBERED_MS = 15 * 60_000;
const MAX_REMEMBERED = 10_000;

/** A connection that broke while a statement may have been under way: nobody knows what became of it. */
const BROKEN_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03']);
const BROKEN_MESSAGE = /Connection terminated|has been silent/;

/**
 * The sessions whose refresh this gateway does not know the outcome of, because its own connection broke while others went
 * on committing. Once it reaches the database again, or such a session is presented again, their rows are told since when,
 * so that for these alone the window is longer. What a gateway remembers ends with its process.
 */
export interface Unanswered {
  /** What `present` comes to; where its connection breaks, the sessions are remembered. */
  watch<T>(this: void, sessionIds: readonly string[], present: () => Promise<T>): Promise<T>;
  /** Writes down those that are remembered, of the given sessions or of all. */
  settle(this: void, sessionIds?: readonly string[]): Promise<void>;
}

/** @param nowMs a clock that only goes forward; the process's unless given. */
export function rememberUnanswered(em: () => EntityManager, nowMs = () => performance.now()): Unanswered {
  /** When each was asked for, the longest ago first. */
  const askedAtMs = new Map<string, number>();

  function remember(sessionIds: readonly string[], sinceMs: number): void {
    for (const [id, atMs] of askedAtMs) {
      if (nowMs() - atMs <= REMEMBERED_MS && askedAtMs.size < MAX_REMEMBERED) break;
      askedAtMs.delete(id);
    }
    for (const id of sessionIds) if (!askedAtMs.has(id)) askedAtMs.set(id, sinceMs);
  }

  return {
    async watch(sessionIds, present) {
      const sinceMs = nowMs();
      try {
        return await present();
      } catch (error) {
        if (isBroken(error)) remember(sessionIds, sinceMs);
        throw error;
      }
    },
    async settle(sessionIds = [...askedAtMs.keys()]) {
      if (askedAtMs.size === 0) return; // as on nearly every refresh
      const asked = sessionIds.filter((id) => askedAtMs.has(id));
      const bySeconds = Map.groupBy(asked, (id) => Math.round((nowMs() - askedAtMs.get(id)!) / 1000));
      for (const [seconds, ids] of bySeconds) {
        const unanswered = raw<string>(`tstzrange(now() - ?::interval, now())`, [`${seconds} seconds`]);
        await em().nativeUpdate(Session, { id: { $in: ids } }, { unanswered });
        for (const id of ids) askedAtMs.delete(id);
      }
    },
  };
}

function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && BROKEN_CODES.has(String(error.code))) || BROKEN_MESSAGE.test(error.message);
}
