import type pg from 'pg';
import { DatabaseClient, type ConnectionOptions } from './primary.js';
import type { Statement } from './sql.js';

/** A connection beside the pool, for what must wait behind nobody. */
export interface OwnConnection {
  /** One statement at a time. Where it fails the connection is given up, and the next one opens another. */
  run(this: void, statement: Statement, parameters: readonly unknown[]): Promise<void>;
  /** For good: what is under way fails, and nothing opens another. */
  close(this: void): Promise<void>;
}

/** @param ways to the server, the best first: where one fails, the next is tried by the next statement, round and round. */
export function openOwnConnection(ways: readonly [ConnectionOptions, ...ConnectionOptions[]]): OwnConnection {
  let client: pg.Client | null = null;
  let way = 0;
  let closed = false;

  async function connect(): Promise<pg.Client> {
    if (closed) throw new Error('this connection has been closed');
    const opened = new DatabaseClient(ways[way] ?? ways[0]);
    client = opened;
    opened.on('error', () => undefined); // the statement in flight fails with it
    opened.once('end', () => {
      if (client === opened) client = null;
    });
    await opened.connect();
    return opened;
  }

  async function giveUp(): Promise<void> {
    const closing = client;
    client = null;
    await closing?.end().catch(() => undefined);
  }

  return {
    async run({ text }, parameters) {
      try {
        await (client ?? (await connect())).query(text, [...parameters]);
      } catch (error) {
        way = (way + 1) % ways.length;
        void giveUp();
        throw error;
      }
    },
    close() {
      closed = true;
      return giveUp();
    },
  };
}
