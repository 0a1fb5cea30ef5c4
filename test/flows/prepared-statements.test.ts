import { DEFAULT_LIMITS, type ConnectionLimits } from '../../src/storage/connection.js';
import { openOrm } from '../../src/storage/orm.js';
import { hotStatement, sql, statement } from '../../src/storage/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const HOT = hotStatement('hot', 'SELECT $1::integer + 1 AS next');
const NAMELESS = 'SELECT $1::integer + 2 AS next';
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

/** What a connection has prepared of texts without a name, each run so many times in transactions of MikroORM. */
async function keptOf(limits: Partial<ConnectionLimits>, texts: readonly string[]): Promise<string[]> {
  const orm = await openOrm(database.url, { ...DEFAULT_LIMITS, databasePoolConnections: 1, ...limits });
  try {
    const em = orm.em.fork();
    for (const text of texts)
      expect(await em.transactional((tx) => tx.execute(text.replace('$1', '?'), [1]))).toEqual([{ next: 3 }]);
    const rows = await sql<{ statement: string }>(
      em,
      statement('kept', 'SELECT statement FROM pg_prepared_statements'),
    );
    return rows.map((row) => row.statement);
  } finally {
    await orm.close(true);
  }
}

describe('what runs in transactions again and again', () => {
  const often = Array.from({ length: 5 }, () => NAMELESS);

  it('is prepared once a connection, though MikroORM gives it no name', async () => {
    expect(await keptOf({}, often)).toEqual([NAMELESS]);
  });

  it('is not prepared where it comes seldom, is a batch of its own length, or a pooler hands connections around', async () => {
    expect(await keptOf({}, often.slice(0, 3))).toEqual([]);
    expect(
      await keptOf(
        {},
        often.map((text) => text.padEnd(4_001)),
      ),
    ).toEqual([]);
    expect(await keptOf({ databaseDirectUrl: DIRECT_URL }, often)).toEqual([]);
  });

  it('is not prepared without end', async () => {
    const texts = Array.from({ length: 120 }, (_, at) => Array.from({ length: 4 }, () => NAMELESS.padEnd(100 + at)));
    expect(await keptOf({}, texts.flat())).toHaveLength(100);
  });
});
