import type pg from 'pg';

/**
 * Told that a statement begins: sees what it is called, never its text or its values.
 *
 * @returns what to call when it has ended; null: nobody looks at this one.
 */
export type BeginStatement = (nameOf: () => StatementName) => ((error?: unknown) => void) | null;

export interface StatementName {
  /** `user-by-email`, or the first words of the text that say what it does: `INSERT sessions`. */
  readonly summary: string;
  /** `SELECT`, `WITH`, `COMMIT`; `CONNECT` for the wait for a connection. */
  readonly operation: string;
}

type Query = (...given: unknown[]) => unknown;

const CONNECT: StatementName = { summary: 'CONNECT', operation: 'CONNECT' };

/** Has every statement of a pool watched, and every wait for a connection: in a statement, where the pool runs it. */
export function watchStatements(pool: pg.Pool, begin: BeginStatement): void {
  pool.query = watched(pool.query.bind(pool), begin, nameOf) as pg.Pool['query'];
  const connect = pool.connect.bind(pool);
  const connectWatched = watched(connect, begin, () => CONNECT);
  pool.connect = ((...given: unknown[]) =>
    pool.idleCount > 0 ? (connect as Query)(...given) : connectWatched(...given)) as pg.Pool['connect'];
  pool.on('connect', (client) => {
    client.query = watched(client.query.bind(client), begin, nameOf) as pg.Client['query'];
  });
}

/** With a callback, it is the pool that asks: what it runs is watched there, where who asked is still known. */
function watched(run: Query, begin: BeginStatement, nameIt: (statement: unknown) => StatementName): Query {
  return (...given) => {
    if (typeof given.at(-1) === 'function') return run(...given);
    const end = begin(() => nameIt(given[0]));
    const answer = run(...given);
    if (end && answer instanceof Promise) void answer.then(() => end(), end);
    return answer;
  };
}

const TARGET = /^\s*(?:insert\s+into|delete\s+from|update|with|select\b.*?\bfrom)\s+"?(\w+)/is;

/** Statements are all written here, with placeholders where values go, so that their words give nothing away. */
function nameOf(statement: unknown): StatementName {
  const { name, text } = typeof statement === 'string' ? { text: statement } : (statement as pg.QueryConfig);
  const operation = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? '';
  const target = TARGET.exec(withoutInnerQueries(text))?.[1];
  return { operation, summary: name ?? (target === undefined ? operation : `${operation} ${target}`) };
}

/** What stands in parentheses is about other tables, or about nothing that has a name. */
function withoutInnerQueries(text: string): string {
  const rest = text.replace(/\([^()]*\)/g, '');
  return rest === text ? text : withoutInnerQueries(rest);
}
