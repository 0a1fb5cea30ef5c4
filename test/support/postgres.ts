import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** The database that every test database is a copy of: migrated, empty, and without a connection. */
export const TEMPLATE_DATABASE = 'fluxgate_template';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A migrated database for one test file, on the server that the whole run shares. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase(`template ${TEMPLATE_DATABASE}`);
}

async function createDatabase(from: string): Promise<TestDatabase> {
  const server = process.env['FLUXGATE_TEST_POSTGRES_URL'];
  if (server === undefined) throw new Error('test/support/global-setup.mjs has not run: start the tests with npm test');
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await query(server, `create database ${name} ${from}`);
  return {
    url: databaseUrl(server, name),
    drop: async () => {
      await query(server, `drop database ${name} with (force)`);
    },
  };
}

/** A database without a table, as an administrator hands it over. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('');
}

/** The URL of another database on the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** One statement on a connection of its own. */
export async function query<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Runs `work` while a transaction that has run the statement is open, with all that it has locked. */
export async function holding(
  url: string,
  [text, values]: readonly [text: string, values: unknown[]],
  work: () => Promise<void>,
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(text, values);
    await work();
  } finally {
    await client.end();
  }
}
