import { readdirSync } from 'node:fs';
import type { Migration } from '@mikro-orm/migrations';
import type { Constructor } from '@mikro-orm/postgresql';
import { migrateDown, migrateUp } from '../../src/storage/migrations.js';
import { startGateway } from '../support/gateway.js';
import { importToken } from '../support/imported-tokens.js';
import { createEmptyDatabase, createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { schemaOf } from '../support/schema-of.js';
import { refreshWith, signUp } from '../support/sign-in.js';

const FOLDER = new URL('../../migrations/', import.meta.url);
const files = readdirSync(FOLDER).toSorted();

async function statementsOf(file: string, direction: 'up' | 'down'): Promise<string[]> {
  const [Only] = Object.values((await import(new URL(file, FOLDER).href)) as Record<string, Constructor<Migration>>);
  const migration = new Only!();
  await migration[direction]();
  return migration.getQueries().map(String);
}

describe('72. a migration', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createEmptyDatabase()));
  afterAll(() => database.drop());

  async function run(file: string, direction: 'up' | 'down'): Promise<readonly object[][]> {
    for (const statement of await statementsOf(file, direction)) await query(database.url, statement);
    return schemaOf(database.url);
  }

  it.each(files)('takes back all that it did: %s', async (file) => {
    const before = await schemaOf(database.url);
    const after = await run(file, 'up');
    expect(after).not.toEqual(before);
    expect(await run(file, 'down')).toEqual(before);
    expect(await run(file, 'up')).toEqual(after);
  });
});

describe('72. tokens of the earlier server that have ended', () => {
  it('stay ended when the migrations that know of it are taken back and applied again', async () => {
    const database = await createTestDatabase();
    const address = { url: database.url, setting: 'DATABASE_URL' } as const;
    const gateway = await startGateway({ databaseUrl: database.url });
    const { user } = await signUp(gateway);
    const [ended, living] = [await importToken(gateway, user.id), await importToken(gateway, user.id)];
    await gateway.sql(
      `update imported_refresh_tokens set revoked_at = now(), revoke_reason = 'LOGOUT'
       where digest = sha256(convert_to($1, 'UTF8'))`,
      [ended],
    );
    await gateway.close();

    while ((await migrateDown(address)) !== '20261124000002-imported-tokens-revoked') continue;
    await migrateUp(address);

    const again = await startGateway({ databaseUrl: database.url });
    try {
      expect((await refreshWith(again, ended)).__typename).toMatch(/^(InvalidRefreshToken|SessionEnded)$/);
      expect((await refreshWith(again, living)).__typename).toBe('RefreshPayload');
    } finally {
      await again.close();
      await database.drop();
    }
  });
});
