import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from '../storage/orm.js';

/**
 * The sessions that were revoked while their access tokens may still be alive. Asking costs no query: the list is
 * kept in memory, fed by this node's own revocations at once and by those of other nodes each second.
 *
 * The feed reads back further than its cursor: a transaction stamps `revoked_at` before others can see it, so the
 * overlap is larger than any statement or lock may take.
 */
const POLL_INTERVAL_MS = 1_000;
const OVERLAP_SECONDS = 30;
const LEEWAY_SECONDS = 60;

export interface Revocations {
  isRevoked(sessionId: string): boolean;
  /** For sessions that this node has just ended: no need to wait for the feed. */
  add(sessionIds: readonly string[]): void;
  /** Milliseconds since the feed last succeeded. */
  ageMs(): number;
  /** Loads the list, then keeps it fed. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RevocationOptions {
  readonly em: () => EntityManager;
  readonly clock: () => Date;
  readonly accessTtlSeconds: number;
  readonly onError: (error: unknown) => void;
  /** Told when the feed succeeds again after it had failed, and how long it had not succeeded (ms). */
  readonly onOutageOver: (durationMs: number) => void;
}

export function createRevocations({
  em,
  clock,
  accessTtlSeconds,
  onError,
  onOutageOver,
}: RevocationOptions): Revocations {
  const keepMs = (accessTtlSeconds + LEEWAY_SECONDS + OVERLAP_SECONDS) * 1000;
  const forgetAtMs = new Map<string, number>();
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let inFlight: Promise<void> = Promise.resolve();

  async function read(lookBackSeconds: number): Promise<void> {
    const rows = await sql<{ id: string }>(em(), 'SELECT id FROM sessions WHERE revoked_at > now() - $1::interval', [
      `${lookBackSeconds} seconds`,
    ]);
    remember(rows.map((row) => row.id));
    loadedAtMs = clock().getTime();
  }

  function remember(sessionIds: readonly string[]): void {
    const until = clock().getTime() + keepMs;
    for (const id of sessionIds) forgetAtMs.set(id, until);
  }

  /** After an outage it reads back to where it last succeeded. */
  async function poll(): Promise<void> {
    const [nowMs, lastLoadedAtMs] = [clock().getTime(), loadedAtMs];
    try {
      await read(Math.min((nowMs - lastLoadedAtMs) / 1000 + OVERLAP_SECONDS, keepMs / 1000));
      if (failing) onOutageOver(loadedAtMs - lastLoadedAtMs);
      failing = false;
      for (const [id, atMs] of forgetAtMs) if (atMs <= nowMs) forgetAtMs.delete(id);
    } catch (error) {
      failing = true;
      onError(error);
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      inFlight = poll().then(() => {
        if (timer) schedule();
      });
    }, POLL_INTERVAL_MS).unref();
  }

  return {
    isRevoked: (sessionId) => forgetAtMs.has(sessionId),
    add: remember,
    ageMs: () => clock().getTime() - loadedAtMs,
    async start() {
      await read(keepMs / 1000);
      schedule();
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await inFlight;
    },
  };
}
