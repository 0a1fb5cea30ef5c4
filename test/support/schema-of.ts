import { query } from './postgres.js';

export const COLUMNS = `
  select table_name as "table", column_name as name, udt_name as type, is_nullable as nullable, column_default as "default"
  from information_schema.columns where table_schema = 'public' and table_name <> 'mikro_orm_migrations' order by 1, 2`;
export const INDEXES = `
  select tablename as "table", indexname as name, indexdef as definition
  from pg_indexes where schemaname = 'public' and tablename <> 'mikro_orm_migrations' order by 1, 2`;
export const CONSTRAINTS = `
  select conrelid::regclass::text as "table", conname as name, contype as type, pg_get_constraintdef(oid) as definition
  from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
    and conrelid::regclass::text <> 'mikro_orm_migrations' order by 1, 2`;

/** All of a database's schema that entities and migrations are about. */
export async function schemaOf(url: string): Promise<readonly object[][]> {
  return Promise.all([COLUMNS, INDEXES, CONSTRAINTS].map((select) => query(url, select)));
}
