import type { SessionEndReason } from '../../errors.js';
import { OVERLAP_SECONDS, startFeed, type Feed, type FeedOptions } from './feed.js';
import { rememberRevoked, type RevokedSessions } from './remembered.js';

/**
 * The sessions that were revoked while their access tokens may still be alive. Asking costs no query: the list is kept
 * in memory, by this node's own revocations at once and by a feed of those of others.
 */
const LEEWAY_SECONDS = 60;
const STALE_AFTER_MS = 5_000;

export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** For sessions that this node has just ended: no need to wait for the feed. */
  add(sessionIds: readonly string[], reason: SessionEndReason): void;
  /** For sessions that had ended before, perhaps elsewhere, and where the feed may not tell of it yet. */
  addEnded(sessionIds: readonly string[]): void;
  /**
   * Ends a session again that this node knows was revoked, where the database has lost it. To be waited for before a session
   * is gone on with by what the database alone says.
   */
  uphold(sessionId: string): Promise<void>;
  /** Milliseconds since the database was last read, whatever has been notified since. */
  ageMs(): number;
  /** Older than 5 s: who is not on the list may have been revoked, so what matters asks the database. */
  isStale(): boolean;
  stop(): Promise<void>;
}

export interface RevocationOptions extends Omit<FeedOptions, 'keepSeconds' | 'onNotified' | 'onRead'> {
  readonly accessTtlSeconds: number;
  /** Ends those that live after all. @returns which they were. */
  readonly endAgain: (sessionIds: readonly string[], reason: SessionEndReason) => Promise<readonly string[]>;
  /** Told how many sessions were ended again, because the database had lost that they had been. */
  readonly onEndedAgain: (count: number) => void;
  /** Told at the start and each minute what the database's clock was between two moments of this machine's. */
  readonly onClockSeen: (askedAtMs: number, databaseMs: number, answeredAtMs: number) => void;
}

/** Resolves once the list is loaded; from then on it is kept fed. */
export async function watchRevocations(options: RevocationOptions): Promise<Revocations> {
  const { clock, accessTtlSeconds, endAgain, onEndedAgain, onClockSeen, ...feedOptions } = options;
  const keepSeconds = accessTtlSeconds + LEEWAY_SECONDS + OVERLAP_SECONDS;
  const remembered = rememberRevoked(clock, keepSeconds);

  /** Tokens may have been given out meanwhile for what is ended again, so it is remembered as long as if it had ended now. */
  async function uphold(sessionIds: readonly string[], reason: SessionEndReason): Promise<void> {
    const ended = await endAgain(sessionIds, reason);
    if (ended.length === 0) return;
    remembered.renew(ended, reason);
    onEndedAgain(ended.length);
  }

  /** The database has been read from its beginning: what it should have told and has not, it has lost, or it is too old. */
  async function upholdMissing(read: RevokedSessions, begunAtMs: number): Promise<void> {
    for (const [reason, sessionIds] of entriesOf(remembered.missing(read, begunAtMs))) {
      try {
        await uphold(sessionIds, reason);
      } catch (error) {
        remembered.renew(sessionIds, reason); // not forgotten before it has succeeded
        throw error;
      }
      remembered.settle(sessionIds);
    }
  }

  const feed: Feed = await startFeed({
    ...feedOptions,
    clock,
    keepSeconds,
    onNotified: (sessionId) => remembered.add([sessionId], null),
    async onRead({ revoked, isWhole, begunAtMs, databaseMs, endedAtMs }) {
      if (isWhole) onClockSeen(begunAtMs, databaseMs, endedAtMs);
      for (const [reason, sessionIds] of entriesOf(revoked)) remembered.add(sessionIds, reason);
      if (isWhole) await upholdMissing(revoked, begunAtMs);
    },
  });
  return {
    isRevoked: remembered.has,
    add: remembered.add,
    addEnded: (sessionIds) => remembered.add(sessionIds, null),
    async uphold(sessionId) {
      const reason = remembered.reasonOf(sessionId);
      if (reason !== null) await uphold([sessionId], reason);
    },
    ageMs: feed.ageMs,
    isStale: () => feed.ageMs() > STALE_AFTER_MS,
    stop: feed.stop,
  };
}

function entriesOf(revoked: RevokedSessions): [SessionEndReason, readonly string[]][] {
  return Object.entries(revoked) as [SessionEndReason, readonly string[]][];
}
