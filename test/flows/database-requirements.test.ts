import { readConfig } from '../../src/config.js';
import { TABLES } from '../../src/storage/entities.js';
import { requireUsable } from '../../src/storage/requirements.js';
import { runCommand } from '../support/fluxgate-command.js';
import { TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { createRoles, dropRoles, type Roles } from '../support/roles-script.js';

const limits = readConfig({});

let database: TestDatabase;
let roles: Roles;
beforeEach(async () => {
  database = await createTestDatabase();
  roles = await createRoles(database.url);
});
afterEach(async () => {
  await database.drop();
  await dropRoles(process.env['FLUXGATE_TEST_POSTGRES_URL'] ?? '', roles);
});

const admin = (sql: string) => query(database.url, sql);

/** What the serving role is told instead of serving; null when it can. */
async function refusal(url = roles.serverUrl): Promise<string | null> {
  try {
    await requireUsable({ url, setting: 'DATABASE_URL' }, limits);
    return null;
  } catch (error) {
    return (
      /^The database test_\w+ at 127\.0\.0\.1:\d+ cannot be used: (.*)\.$/.exec((error as Error).message)?.[1] ??
      String(error)
    );
  }
}

describe('a database that a gateway can serve from', () => {
  it('needs no more of its role than roles.sql gives', async () => {
    expect(await refusal()).toBeNull();
  });

  it('needs every privilege that roles.sql gives on the tables', async () => {
    for (const table of TABLES) {
      for (const privilege of ['SELECT', 'INSERT', 'UPDATE', 'DELETE']) {
        await admin(`REVOKE ${privilege} ON ${table} FROM ${roles.server}`);
        expect(await refusal()).toBe(
          `its role lacks ${privilege} on ${table}: grant with deploy/postgres/roles.sql, as an administrator`,
        );
        await admin(`GRANT ${privilege} ON ${table} TO ${roles.server}`);
      }
    }
    expect(await refusal()).toBeNull();
  });

  it.each([
    [
      'lets its role read which migrations there are',
      'REVOKE SELECT ON mikro_orm_migrations FROM $server',
      'SELECT on mikro_orm_migrations',
    ],
    ['lets its role into the schema', 'REVOKE USAGE ON SCHEMA public FROM $server, PUBLIC', 'USAGE on schema public'],
  ])('%s', async (_, sql, lacking) => {
    await admin(sql.replace('$server', roles.server));
    expect(await refusal()).toContain(`its role lacks ${lacking}: `);
  });

  it.each([
    [
      'is not behind',
      `delete from mikro_orm_migrations where name like '%initial'`,
      '1 migration is missing: run `fluxgate migrate up`',
    ],
    ['is not empty', 'delete from mikro_orm_migrations', 'it is empty: run `fluxgate migrate up`'],
    [
      'is not ahead',
      `insert into mikro_orm_migrations (name) values ('20991231000000-later')`,
      'a newer Fluxgate has made 1 migration there',
    ],
  ])('%s', async (_, sql, expected) => {
    await admin(sql);
    expect(await refusal()).toContain(expected);
  });

  it('is not older than PostgreSQL 14', async () => {
    await admin(`CREATE SCHEMA older; GRANT USAGE ON SCHEMA older TO PUBLIC;
      CREATE FUNCTION older.current_setting(name text) RETURNS text LANGUAGE sql AS
        $$ SELECT CASE name WHEN 'server_version_num' THEN '130014' ELSE pg_catalog.current_setting(name) END $$;
      ALTER ROLE ${roles.server} SET search_path = older, pg_catalog, public`);
    expect(await refusal()).toMatch(/^it is PostgreSQL .*: upgrade it to 14 or later$/);
  });

  it('can be written', async () => {
    await admin(`ALTER ROLE ${roles.server} SET default_transaction_read_only = on`);
    expect(await refusal()).toBe('it can only be read, as a standby is: name the primary server');
  });

  it('lets its role connect', async () => {
    await admin(`REVOKE CONNECT ON DATABASE ${new URL(database.url).pathname.slice(1)} FROM ${roles.server}`);
    expect(await refusal()).toMatch(/^the role \w+ may not do that \(permission denied for database/);
    await admin(`ALTER ROLE ${roles.server} NOLOGIN`);
    expect(await refusal()).toMatch(/^it does not let \w+ in \(role .* is not permitted to log in\)/);
  });

  it('has a connection to spare', async () => {
    await admin(`ALTER ROLE ${roles.server} CONNECTION LIMIT 0`);
    expect(await refusal()).toMatch(/^it has no connection to spare \(too many connections for role/);
  });

  it('has the password that the URL has', async () => {
    const url = new URL(roles.serverUrl);
    url.password = 'hunter2';
    expect(await refusal(url.href)).toMatch(/^the role \w+ does not exist there or its password is another one/);
    url.password = '';
    expect(await refusal(url.href)).toBe('it asks for a password: add one to DATABASE_URL');
  });
});

describe('a gateway and a command', () => {
  it.each([['serve'], ['keys list --json']])(
    'refuse what cannot be used in one sentence, and change nothing: %s',
    async (line) => {
      await admin(`delete from mikro_orm_migrations where name like '%initial'`);
      const env = { FLUXGATE_SECRET: TEST_SECRET, PORT: '0' };
      const end = await runCommand(line.split(' '), { databaseUrl: database.url, env });
      expect(end).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          /^The database \w+ at \S+ cannot be used: 1 migration is missing: run `fluxgate migrate up`\.\n$/,
        ),
      });
      expect(await admin(`select from mikro_orm_migrations where name like '%initial'`)).toEqual([]);
    },
  );
});
