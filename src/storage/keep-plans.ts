import type pg from 'pg';

type Query = (...given: unknown[]) => unknown;

const SEEN_BEFORE_KEPT = 3;
const MAX_KEPT_STATEMENTS = 100;
/** What is longer writes many rows at once: an import, whose next batch has another length. */
const MAX_KEPT_CHARACTERS = 4_000;

/**
 * Has each connection of a pool keep the plans of what runs on it within transactions, where Kysely and MikroORM send text
 * without a name: planning the INSERTs of a sign-in costs the server more than running them. There are as many texts as
 * there are shapes of a change, few; past 100 of them the others go on without.
 *
 * Only for connections that are ours alone: behind a pooler the next statement may run on another one.
 *
 * @param names of statements that have one already, by their text.
 */
export function keepPlans(pool: pg.Pool, names: ReadonlyMap<string, string>): void {
  const kept = new Map<string, { readonly name: string; timesSeen: number }>();

  function nameOf(text: string): string | undefined {
    const given = names.get(text);
    if (given !== undefined) return given;
    const known = kept.get(text);
    if (known) return ++known.timesSeen > SEEN_BEFORE_KEPT ? known.name : undefined;
    if (kept.size < MAX_KEPT_STATEMENTS && text.length <= MAX_KEPT_CHARACTERS)
      kept.set(text, { name: `kept-${kept.size}`, timesSeen: 1 });
    return undefined;
  }

  pool.on('connect', (client) => {
    const run = client.query.bind(client) as Query;
    client.query = ((...given: unknown[]) => {
      const [text, values] = given;
      // With a callback it is the pool that asks, for a statement that has a name, or is not worth one.
      if (given.length !== 2 || typeof text !== 'string' || !Array.isArray(values) || values.length === 0)
        return run(...given);
      const name = nameOf(text);
      return run(name === undefined ? { text, values } : { name, text, values });
    }) as pg.Client['query'];
  });
}
