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
    client.query = watched(client.query.bind(client), giveBack) as pg.Client['query'];
  });
}

/** With a callback, it is the pool that asks: it gives its client back itself. */
function watched(run: Query, giveBack: (error: Error) => void): Query {
  return (...given) => {
    const answer = run(...given);
    const [statement] = given;
    if (typeof statement === 'string' && BEGINS_OR_ENDS.test(statement) && answer instanceof Promise)
      answer.catch(giveBack);
    return answer;
  };
}
