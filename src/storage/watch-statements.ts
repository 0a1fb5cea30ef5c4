import type pg from 'pg';

/** Told that a statement begins; called again when it has ended. Sees what it is called, never its text or its values. */
export type BeginStatement = (statement: StatementName) => (error?: unknown) => void;

export interface StatementName {
  /** `present-refresh-token`, or the first words of the text that say what it does: `INSERT sessions`. */
  readonly summary: string;
  /** `SELECT`, `WITH`, `COMMIT`. */
  readonly operation: string;
}

type Query = (...given: unknown[]) => unknown;

/** Has every statement of a pool watched; the wait for a connection is part of it where the pool runs it. */
export function watchStatements(pool: pg.Pool, begin: BeginStatement): void {
  pool.query = watched(pool.query.bind(pool), begin) as pg.Pool['query'];
  pool.on('connect', (client) => {
    client.query = watched(client.query.bind(client), begin) as pg.Client['query'];
  });
}

/** With a callback, it is the pool that asks: what it runs is watched there, where who asked is still known. */
function watched(query: Query, begin: BeginStatement): Query {
  return (...given) => {
    if (typeof given.at(-1) === 'function') return query(...given);
    const end = begin(nameOf(given[0]));
    const answer = query(...given);
    if (answer instanceof Promise) void answer.then(() => end(), end);
    return answer;
  };
}

const TARGET = /^\s*(?:(insert)\s+into|(delete)\s+from|(update)|(with)|(select)\b.*?\bfrom)\s+"?(\w+)/is;

/** Statements are all written here, with placeholders where values go, so that their words give nothing away. */
function nameOf(statement: unknown): StatementName {
  const { name, text } = typeof statement === 'string' ? { text: statement } : (statement as pg.QueryConfig);
  const operation = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? '';
  const target = TARGET.exec(text)?.at(-1);
  return { operation, summary: name ?? (target === undefined ? operation : `${operation} ${target}`) };
}
