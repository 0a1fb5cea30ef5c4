import { OVERLAP_SECONDS, startFeed, type Feed, type FeedOptions } from './feed.js';

/**
 * The sessions that were revoked while their access tokens may still be alive. Asking costs no query: the list is kept
 * in memory, by this node's own revocations at once and by a feed of those of others.
 */
const LEEWAY_SECONDS = 60;
const STALE_AFTER_MS = 5_000;

export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** For sessions that this node has just ended: no need to wait for the feed. */
  add(sessionIds: readonly string[]): void;
  /** For sessions that had ended before, perhaps elsewhere, and where the feed may not tell of it yet. */
  addEnded(sessionIds: readonly string[]): void;
  /** Milliseconds since the database was last read, whatever has been notified since. */
  ageMs(): number;
  /** Older than 5 s: who is not on the list may have been revoked, so what matters asks the database. */
  isStale(): boolean;
  stop(): Promise<void>;
}

export interface RevocationOptions extends Omit<FeedOptions, 'keepSeconds' | 'onRevoked'> {
  readonly accessTtlSeconds: number;
}

/** Resolves once the list is loaded; from then on it is kept fed. */
export async function watchRevocations({ accessTtlSeconds, ...options }: RevocationOptions): Promise<Revocations> {
  const { clock } = options;
  const keepSeconds = accessTtlSeconds + LEEWAY_SECONDS + OVERLAP_SECONDS;
  const forgetAtMs = new Map<string, number>();

  function add(sessionIds: readonly string[]): void {
    const nowMs = clock().getTime();
    // In the order of the map, which is that of the additions: those that are due come first.
    for (const [id, atMs] of forgetAtMs) {
      if (atMs > nowMs) break;
      forgetAtMs.delete(id);
    }
    // What is read again was revoked no later than it was first added.
    for (const id of sessionIds) if (!forgetAtMs.has(id)) forgetAtMs.set(id, nowMs + keepSeconds * 1000);
  }

  const feed: Feed = await startFeed({ ...options, keepSeconds, onRevoked: add });
  return {
    isRevoked: (sessionId) => forgetAtMs.has(sessionId),
    add,
    addEnded: add,
    ageMs: feed.ageMs,
    isStale: () => feed.ageMs() > STALE_AFTER_MS,
    stop: feed.stop,
  };
}
