import type pg from 'pg';
import { DatabaseClient, type ConnectionOptions } from './primary.js';

export const REVOCATIONS_CHANNEL = 'fluxgate_revocations';

/**
 * SQL for RETURNING, where a statement revokes: once it has committed, every node hears the session's id. Nothing else
 * notifies: it takes a database-wide lock at commit.
 */
export function tellRevoked(id: string): string {
  return `pg_notify('${REVOCATIONS_CHANNEL}', ${id}::text)`;
}

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** How long a notification of our own may take to come back. */
const PROOF_TIMEOUT_MS = 5_000;
const PROOF = 'proof';

export interface ListenerOptions {
  readonly connection: ConnectionOptions;
  readonly channel: string;
  /** Sends a notification from another connection. */
  readonly notify: (channel: string, payload: string) => Promise<unknown>;
  readonly onNotification: (payload: string) => void;
  /** Listening again: what was sent before is lost. */
  readonly onConnected: () => void;
  /** Connected, but to what passes no notifications on, as a pooler in transaction mode does not. */
  readonly onDeaf: () => void;
}

export interface Listener {
  /** Runs one statement on this connection; null where there is none now. */
  query<Row extends object>(text: string, parameters: readonly unknown[]): Promise<Row[]> | null;
  stop(): Promise<void>;
}

/**
 * Keeps a connection of its own that hears NOTIFY, and opens it again, with growing pauses, whenever it is lost. Never
 * throws: whoever relies on notifications has to do without them now and then.
 */
export function startListener(options: ListenerOptions): Listener {
  let connected: pg.Client | null = null;
  let stopped = false;
  let pauseMs = SHORTEST_PAUSE_MS;
  let timer: NodeJS.Timeout | undefined;
  let attempt: Promise<void> = Promise.resolve();

  function schedule(): void {
    if (stopped) return;
    const reopen = () => void (attempt = open());
    timer = setTimeout(reopen, pauseMs * (0.5 + Math.random() / 2)).unref(); // nodes that lost it at once come one by one
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }

  async function open(): Promise<void> {
    const client = new DatabaseClient(options.connection);
    const proof = awaitProof(client, options);
    client.on('error', () => undefined); // `end` follows
    client.on('notification', ({ payload = '' }) => {
      if (payload !== PROOF) options.onNotification(payload);
    });
    client.once('end', () => {
      proof.cancel();
      if (connected === client) connected = null;
      schedule();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${options.channel}`);
    } catch {
      void client.end().catch(() => undefined);
      return;
    }
    if (stopped) return client.end();
    connected = client;
    pauseMs = SHORTEST_PAUSE_MS;
    options.onConnected();
    proof.start();
  }

  attempt = open();
  return {
    query: <Row extends object>(text: string, parameters: readonly unknown[]) =>
      connected?.query<Row>(text, [...parameters]).then(({ rows }) => rows) ?? null,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await attempt;
      await connected?.end().catch(() => undefined);
    },
  };
}

/** One notification of our own, sent from elsewhere, shows that those of others arrive. */
function awaitProof(client: pg.Client, { channel, notify, onDeaf }: ListenerOptions) {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => clearTimeout(timer);
  client.on('notification', ({ payload }) => {
    if (payload === PROOF) cancel();
  });
  return {
    cancel,
    start() {
      timer = setTimeout(onDeaf, PROOF_TIMEOUT_MS).unref();
      notify(channel, PROOF).catch(cancel); // the database is away: not a matter of who passes what on
    },
  };
}
