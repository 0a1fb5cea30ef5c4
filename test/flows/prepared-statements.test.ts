import { DEFAULT_LIMITS, type ConnectionLimits } from '../../src/storage/connection.js';
import { openOrm } from '../../src/storage/orm.js';
import { hotStatement, sql, statement } from '../../src/storage/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const HOT = hotStatement('hot', 'SELECT $1::integer + 1 AS next');
const PREPARED = statement('prepared', 'SELECT name FROM pg_prepared_statements');
const DIRECT_URL = 'postgres://db.example/fluxgate';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** What a connection has prepared once it has run a hot statement twice, and then the same in a transaction. */
async function preparedWith(limits: Partial<ConnectionLimits>): Promise<string[]> {
  const orm = await openOrm(database.url, { ...DEFAULT_LIMITS, databasePoolConnections: 1, ...limits });
  try {
    const em = orm.em.fork();
    expect(await sql(em, HOT, [1])).toEqual([{ next: 2 }]);
    expect(await sql(em, HOT, [2])).toEqual([{ next: 3 }]);
    expect(await em.transactional((tx) => sql(tx, HOT, [3]))).toEqual([{ next: 4 }]);
    const rows = await sql<{ name: string }>(em, PREPARED);
    return rows.map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

describe('a hot statement', () => {
  it('is prepared once a connection', async () => {
    expect(await preparedWith({})).toEqual(['hot']);
  });

  it('has no name where a pooler hands connections around', async () => {
    expect(await preparedWith({ databaseDirectUrl: DIRECT_URL })).toEqual([]);
  });

  it('is prepared or not as the setting says', async () => {
    expect(await preparedWith({ databasePrepare: false })).toEqual([]);
    expect(await preparedWith({ databasePrepare: true, databaseDirectUrl: DIRECT_URL })).toEqual(['hot']);
  });
});
