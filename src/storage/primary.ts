import type { Socket } from 'node:net';
import pg from 'pg';

/** A server by its place. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Which of several servers is the one that can be written. */
export interface Primary {
  /** Where it was found last; looked for where that is not known. @throws NoPrimaryError */
  find(): Promise<Place>;
  /** What `find` gave is no longer true: whoever asks next looks for another. */
  forget(found: Promise<Place>): void;
}

/** Why none of several servers can be used. By its code (read_only_sql_transaction), asking again may help. */
export class NoPrimaryError extends Error {
  override readonly name = 'NoPrimaryError';
  readonly code = '25006';

  constructor(readonly failures: readonly { readonly at: string; readonly error: unknown }[]) {
    super(`none of ${failures.map(({ at }) => at).join(', ')} can be written now`, { cause: failures[0]?.error });
  }
}

/**
 * @param connections how to reach each of them. They are asked at once: one that is gone for good keeps nobody waiting, and
 *   keeping a former primary from being written is the part of whoever promotes another.
 */
export function seekPrimary(connections: readonly pg.ClientConfig[]): Primary {
  let known: Promise<Place> | null = null;
  const forget = (found: Promise<Place>) => {
    if (known === found) known = null;
  };
  return {
    forget,
    find() {
      if (known) return known;
      const seeking = (known = firstWritable(connections));
      seeking.catch(() => forget(seeking));
      return seeking;
    },
  };
}

async function firstWritable(connections: readonly pg.ClientConfig[]): Promise<Place> {
  const failures: { at: string; error: unknown }[] = [];
  const asked = connections.map(async (connection, place) => {
    const client = new pg.Client(connection);
    client.on('error', () => undefined); // the query in flight fails with it
    try {
      await client.connect();
      await requireWritable(client);
      return { host: client.host, port: client.port };
    } catch (error) {
      failures[place] = { at: `${client.host}:${client.port}`, error };
      throw error;
    } finally {
      void client.end().catch(() => undefined);
    }
  });
  try {
    return await Promise.any(asked);
  } catch {
    throw new NoPrimaryError(failures);
  }
}

/** @throws an error with PostgreSQL's own code, 25006, on a standby and where transactions only read. */
export async function requireWritable(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ readOnly: boolean }>(
    `SELECT current_setting('transaction_read_only')::boolean AS "readOnly"`,
  );
  if (!rows[0]?.readOnly) return;
  throw Object.assign(new Error('the server can only be read'), { code: '25006' });
}

export interface ConnectionOptions extends pg.ClientConfig {
  /** Of several servers; undefined: there is one. */
  readonly primary?: Primary | undefined;
}

/** A connection to the one server there is, or to that one of several which can be written at this moment. */
export class DatabaseClient extends pg.Client {
  readonly #primary: Primary | undefined;

  constructor(options: ConnectionOptions) {
    super(options);
    this.#primary = options.primary;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((none: null, client: pg.Client) => void)): void;
  override connect(callback?: (error: never, client: pg.Client) => void): Promise<pg.Client> | void {
    const connecting = this.#primary ? this.#connectTo(this.#primary) : super.connect();
    if (!callback) return connecting;
    const tell = callback as (error: unknown, client?: pg.Client) => void;
    connecting.then((client) => tell(null, client), tell);
  }

  async #connectTo(primary: Primary): Promise<pg.Client> {
    const { stream } = this.connection as unknown as { readonly stream: Socket };
    // Its time-out runs already, and nobody else listens before it is connected and in use.
    for (const emitter of [stream, this]) emitter.on('error', () => undefined);
    const found = primary.find();
    try {
      const place = await found;
      if (stream.destroyed) throw new Error('timeout expired'); // by the pool, which waits no longer
      Object.assign(this, place);
    } catch (error) {
      stream.destroy();
      process.nextTick(() => this.emit('end')); // as of any connection that could not be made
      throw error;
    }
    try {
      await super.connect();
      await requireWritable(this);
      return this;
    } catch (error) {
      primary.forget(found);
      void this.end().catch(() => undefined);
      throw error;
    }
  }
}
