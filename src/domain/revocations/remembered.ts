import type { SessionEndReason } from '../../errors.js';

/** Sessions that were revoked, by why. */
export type RevokedSessions = Readonly<Partial<Record<SessionEndReason, readonly string[]>>>;

interface Revoked {
  readonly addedAtMs: number;
  readonly forgetAtMs: number;
  /** null: only heard of; neither read from the database nor ended here. */
  reason: SessionEndReason | null;
  /** Older than what the database lists: it has been asked about this one. */
  isSettled: boolean;
}

/** What one node knows of who was revoked. What the database tells only adds to it: a database can lose a commit. */
export function rememberRevoked(clock: () => Date, keepSeconds: number) {
  const sessions = new Map<string, Revoked>();

  function add(sessionIds: readonly string[], reason: SessionEndReason | null): void {
    const nowMs = clock().getTime();
    // In the order of the map, which is that of the additions: those that are due come first.
    for (const [id, { forgetAtMs }] of sessions) {
      if (forgetAtMs > nowMs) break;
      sessions.delete(id);
    }
    // What is read again was revoked no later than it was first added.
    for (const id of sessionIds) {
      const known = sessions.get(id);
      if (known) known.reason ??= reason;
      else sessions.set(id, { addedAtMs: nowMs, forgetAtMs: nowMs + keepSeconds * 1000, reason, isSettled: false });
    }
  }

  return {
    add,
    has: (sessionId: string) => sessions.has(sessionId),
    reasonOf: (sessionId: string) => sessions.get(sessionId)?.reason ?? null,
    /** From now on as if they had been revoked now. */
    renew(sessionIds: readonly string[], reason: SessionEndReason): void {
      for (const id of sessionIds) sessions.delete(id);
      add(sessionIds, reason);
    },
    settle(sessionIds: readonly string[]): void {
      for (const id of sessionIds) {
        const known = sessions.get(id);
        if (known) known.isSettled = true;
      }
    },
    /** What was known before a read of everything began, and is not part of what it has found. */
    missing(read: RevokedSessions, begunAtMs: number): RevokedSessions {
      const found = new Set(Object.values(read).flat());
      const missing: Partial<Record<SessionEndReason, string[]>> = {};
      for (const [id, { reason, addedAtMs, isSettled }] of sessions)
        if (reason !== null && !isSettled && addedAtMs < begunAtMs && !found.has(id)) (missing[reason] ??= []).push(id);
      return missing;
    },
  };
}
