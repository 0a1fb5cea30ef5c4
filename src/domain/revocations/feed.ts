import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { REVOCATIONS_CHANNEL, startListener, type Listener } from '../../storage/listener.js';
import type { ConnectionOptions } from '../../storage/primary.js';
import { sql, statement } from '../../storage/sql.js';
import type { RevokedSessions } from './remembered.js';

/**
 * Who was revoked, as the database tells: by notifications at once, and, since those can be lost, by reading it each
 * second, and all of it each minute and after every reconnect.
 *
 * A read goes back further than the one before: a transaction stamps `revoked_at` before others can see it, so the
 * overlap is larger than any statement or lock may take. All of it is reckoned on the database's clock.
 */
export const OVERLAP_SECONDS = 30;
const POLL_INTERVAL_MS = 1_000;
const RELOAD_INTERVAL_MS = 60_000;
/** A connection that nothing comes through tells nobody: it would be cut only seconds later. */
const PATIENCE_MS = 300;
const EVER = '-infinity';

export interface Feed {
  /** Milliseconds since a read that succeeded began. */
  ageMs(this: void): number;
  stop(this: void): Promise<void>;
}

export interface FeedOptions {
  readonly em: () => EntityManager;
  /** How to reach the server itself: notifications and reads have a connection of their own, and wait behind nobody. */
  readonly connection: ConnectionOptions;
  readonly clock: () => Date;
  /** How far back a revocation matters. */
  readonly keepSeconds: number;
  readonly onNotified: (sessionId: string) => void;
  /** What a read has found; the next one waits for it. Where it fails, the next read is of everything. */
  readonly onRead: (read: Read) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Told when the feed succeeds again after it had failed, and how long it had not succeeded (ms). */
  readonly onOutageOver: (durationMs: number) => void;
  /** Notifications do not arrive: what others revoke is known within a second instead of at once. */
  readonly onDeaf: () => void;
}

export interface Read {
  readonly revoked: RevokedSessions;
  /** Of everything that matters, and not only of what is new. */
  readonly isWhole: boolean;
  readonly begunAtMs: number;
  /** The database's clock, at some moment between `begunAtMs` and `endedAtMs`. */
  readonly databaseMs: number;
  readonly endedAtMs: number;
}

const NOTIFY = statement('notify', 'SELECT pg_notify($1, $2)');

/** Resolves once all has been read. */
export async function startFeed(options: FeedOptions): Promise<Feed> {
  const reader = createReader(options);
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  await reader.read();
  let reading = Promise.resolve();
  const readNow = (): void => {
    clearTimeout(timer);
    reading = reading.then(poll).then(() => {
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(readNow, POLL_INTERVAL_MS).unref();
    });
  };

  let failing = false;
  async function poll(): Promise<void> {
    const ageMs = reader.ageMs();
    try {
      await reader.read();
      if (failing) options.onOutageOver(ageMs);
      failing = false;
    } catch (error) {
      failing = true;
      reader.forgetPlace(); // whichever server answers next
      options.onError(error);
    }
  }

  const listener = startListener({
    connection: options.connection,
    channel: REVOCATIONS_CHANNEL,
    notify: (channel, payload) => sql(options.em(), NOTIFY, [channel, payload]),
    onNotification: options.onNotified,
    onDeaf: options.onDeaf,
    onConnected() {
      reader.forgetPlace();
      readNow();
    },
  });
  reader.readThrough(listener);
  readNow();
  return {
    ageMs: reader.ageMs,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await listener.stop();
      await reading;
    },
  };
}

/**
 * `$1`: where the read before got to; `$2`: the overlap; `$3`: how far back a revocation matters. As JSON, which is read
 * thirty times as fast as an array: after an hour in which many were revoked, everybody would wait for it each second.
 */
const READ = statement(
  'read-revoked-sessions',
  `SELECT now()::text AS "readAt", (extract(epoch FROM now()) * 1000)::double precision AS "databaseMs", (
  SELECT coalesce(json_object_agg(reason, ids), '{}') FROM (
    SELECT revoke_reason AS reason, json_agg(id) AS ids FROM sessions
    WHERE revoked_at > greatest($1::timestamptz - $2::interval, now() - $3::interval) GROUP BY revoke_reason
  ) AS by_reason
) AS revoked`,
);

interface Answer {
  readonly readAt: string;
  readonly databaseMs: number;
  readonly revoked: RevokedSessions;
}

function createReader({ em, clock, keepSeconds, onRead }: FeedOptions) {
  let listener: Listener | null = null;
  let readUntil = EVER;
  let reloadAtMs = 0;
  let readAtMs = Number.NEGATIVE_INFINITY;

  /** On the connection of its own; where that is lost, or does not answer soon, also on one of the pool. */
  async function ask(parameters: readonly unknown[]): Promise<Answer | undefined> {
    const inPool = () => sql<Answer>(em(), READ, parameters);
    const own = listener?.query<Answer>(READ.text, parameters);
    if (!own) return (await inPool())[0];
    const answered = new AbortController();
    const second = sleep(PATIENCE_MS, undefined, { signal: answered.signal, ref: false }).then(inPool);
    try {
      return (await Promise.any([own, second]))[0];
    } catch (error) {
      throw error instanceof AggregateError ? error.errors.at(-1) : error;
    } finally {
      answered.abort();
    }
  }

  return {
    ageMs: () => clock().getTime() - readAtMs,
    readThrough: (connection: Listener) => void (listener = connection),
    /** The next read is of everything. */
    forgetPlace: () => void (reloadAtMs = 0),
    async read(): Promise<void> {
      const begunAtMs = clock().getTime();
      const whole = begunAtMs >= reloadAtMs;
      if (whole) reloadAtMs = begunAtMs + RELOAD_INTERVAL_MS;
      const since = whole ? EVER : readUntil;
      const answer = await ask([since, `${OVERLAP_SECONDS} seconds`, `${keepSeconds} seconds`]);
      if (!answer) return;
      readUntil = answer.readAt;
      readAtMs = begunAtMs;
      const { revoked, databaseMs } = answer;
      await onRead({ revoked, isWhole: whole, begunAtMs, databaseMs, endedAtMs: clock().getTime() });
    },
  };
}
