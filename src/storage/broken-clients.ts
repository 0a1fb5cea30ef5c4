import type pg from 'pg';

type Query = (...given: unknown[]) => unknown;

/** Where one of them fails, whoever began a transaction neither goes on with the client nor gives it back. */
const BEGINS_OR_ENDS = /^(?:begin|start transaction|rollback$)/i;

/**
 * Gives a client that breaks while somebody has it back to its pool, as broken. Kysely gives back the client of a
 * transaction once COMMIT or ROLLBACK has succeeded, which on a connection that has ended neither ever does: its place in
 * the pool would be taken for as long as the process lives.
 */
export function giveBackBroken(pool: pg.Pool): void {
  const checkedOut = new WeakSet<pg.PoolClient>();
  pool.on('acquire', (client) => void checkedOut.add(client));
  pool.on('release', (_error, client) => void checkedOut.delete(client));

  pool.on('connect', (client) => {
    const giveBack = (error: Error) => {
      if (!checkedOut.has(client)) return;
      client.release(error);
      client.release = () => undefined; // whoever has it still may, and pg would throw
    };
    client.on('error', giveBack); // told of all that makes it useless, the end of its connection among them
    client.query = watched(client.query.bind(client), (error, beginsOrEnds) => {
      if (beginsOrEnds) giveBack(error);
      else if (isReadOnly(error)) breakOnRelease(client, error);
    }) as pg.Client['query'];
  });
}

/** With a callback, it is the pool that asks: it gives its client back itself, as broken where the statement has failed. */
function watched(run: Query, onError: (error: Error, beginsOrEnds: boolean) => void): Query {
  return (...given) => {
    const answer = run(...given);
    const [statement] = given;
    if (answer instanceof Promise)
      answer.catch((error: Error) => onError(error, typeof statement === 'string' && BEGINS_OR_ENDS.test(statement)));
    return answer;
  };
}

/** The server is no longer the primary: whatever else is written on this connection would fail too. */
function isReadOnly(error: Error): boolean {
  return 'code' in error && error.code === '25006';
}

/** Its transaction ends first, as it would. */
function breakOnRelease(client: pg.PoolClient, why: Error): void {
  const release = client.release.bind(client);
  client.release = () => release(why);
}
