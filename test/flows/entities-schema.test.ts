import { openOrm } from '../../src/storage/orm.js';
import { createEmptyDatabase, createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { COLUMNS, CONSTRAINTS, INDEXES } from '../support/schema-of.js';

/**
 * What the migrations made, and what MikroORM would make of the entities. Storage parameters (the free space that keeps a
 * refresh a heap-only update) are the migrations' own: entities know nothing of them.
 */
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
