import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, statement } from './sql.js';

/** Rows that nobody needs once something is long enough ago. */
export interface Removable {
  /**
   * Deletes the first of them; those that somebody holds at this moment are left for another time.
   *
   * @param olderThanSeconds how long ago, by the database's clock.
   * @returns how many.
   */
  remove(em: EntityManager, olderThanSeconds: number, mostRows: number): Promise<number>;
  count(em: EntityManager, olderThanSeconds: number): Promise<number>;
}

export interface RemovableRows {
  readonly table: string;
  readonly key: string;
  /** `$1`: how long ago. An index of the column that `order` names finds them, so that it costs what there is to remove. */
  readonly where: string;
  readonly order: string;
}

export function removable({ table, key, where, order }: RemovableRows): Removable {
  const remove = statement(
    `delete-old-rows of ${table}`,
    `WITH found AS (
       SELECT ${key} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     DELETE FROM ${table} AS t USING found WHERE t.${key} = found.${key} RETURNING 1`,
  );
  const count = statement(
    `count-old-rows of ${table}`,
    `SELECT count(*)::integer AS count FROM ${table} WHERE ${where}`,
  );
  return {
    async remove(em, olderThanSeconds, mostRows) {
      return (await sql(em, remove, [`${olderThanSeconds} seconds`, mostRows])).length;
    },
    async count(em, olderThanSeconds) {
      const [row] = await sql<{ count: number }>(em, count, [`${olderThanSeconds} seconds`]);
      return row?.count ?? 0;
    },
  };
}
