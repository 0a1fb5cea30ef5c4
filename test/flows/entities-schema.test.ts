import { openOrm } from '../../src/storage/orm.js';
import { createEmptyDatabase, createTestDatabase, query, type TestDatabase } from '../support/postgres.js';

/**
 * What the migrations made, and what MikroORM would make of the entities. Storage parameters (the free space that keeps a
 * refresh a heap-only update) are the migrations' own: entities know nothing of them.
 */
const COLUMNS = `
  select table_name as "table", column_name as name, udt_name as type, is_nullable as nullable, column_default as "default"
  from information_schema.columns where table_schema = 'public' and table_name <> 'mikro_orm_migrations' order by 1, 2`;
const INDEXES = `
  select tablename as "table", indexname as name, indexdef as definition
  from pg_indexes where schemaname = 'public' and tablename <> 'mikro_orm_migrations' order by 1, 2`;
const CONSTRAINTS = `
  select conrelid::regclass::text as "table", conname as name, contype as type, pg_get_constraintdef(oid) as definition
  from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
    and conrelid::regclass::text <> 'mikro_orm_migrations' order by 1, 2`;

let migrated: TestDatabase;
let generated: TestDatabase;
beforeAll(async () => {
  migrated = await createTestDatabase();
  generated = await createEmptyDatabase();
  const orm = await openOrm(generated.url);
  try {
    await orm.schema.create();
  } finally {
    await orm.close(true);
  }
});
afterAll(async () => {
  await migrated.drop();
  await generated.drop();
});

describe('the schema that the entities describe', () => {
  it.each([
    ['columns and defaults', COLUMNS, 40],
    ['indexes', INDEXES, 15],
    ['checks and keys', CONSTRAINTS, 20],
  ])('is the one that the migrations made: %s', async (_, select, atLeast) => {
    const expected = await query(migrated.url, select);
    expect(await query(generated.url, select)).toEqual(expected);
    expect(expected.length).toBeGreaterThanOrEqual(atLeast);
  });
});
