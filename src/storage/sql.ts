import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type pg from 'pg';

/** What an entity cannot say, or must not cost more than it does. CONTRIBUTING.md lists each by its name, with why. */
export interface Statement {
  readonly name: string;
  /** With PostgreSQL's own `$1` placeholders. */
  readonly text: string;
  /** It runs all the time: a connection plans it once, and keeps the plan under its name. */
  readonly isHot: boolean;
}

export function statement(name: string, text: string): Statement {
  return { name, text, isHot: false };
}

export function hotStatement(name: string, text: string): Statement {
  HOT_NAMES.set(text, name);
  return { name, text, isHot: true };
}

/** The names of hot statements, by their text. */
export const HOT_NAMES = new Map<string, string>();

/** Pools whose connections keep no statements: a pooler stands behind them. */
const poolsWithoutPlans = new WeakSet<pg.Pool>();

export function keepNoPlans(pool: pg.Pool): void {
  poolsWithoutPlans.add(pool);
}

/**
 * Runs one statement, inside the transaction of `em` where there is one. MikroORM's own `?` placeholders would flatten
 * arrays.
 *
 * A plan is kept only where connections are ours alone: behind a pooler in transaction mode the next statement may run on
 * another one, which would not know it.
 */
export async function sql<Row>(
  em: EntityManager,
  { name, text, isHot }: Statement,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const values = [...parameters];
  if (em.isInTransaction()) return (await em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, values))).rows;

  const pool = await em.getConnection().getNativeClient();
  const keepsPlan = isHot && !poolsWithoutPlans.has(pool);
  const result = await pool.query<pg.QueryResultRow>(keepsPlan ? { name, text, values } : { text, values });
  return result.rows as Row[];
}
