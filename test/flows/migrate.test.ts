import { Client } from 'pg';
import { migrateUp } from '../../src/storage/migrations.js';
import { TABLES } from '../../src/storage/entities.js';
import { eventually } from '../support/eventually.js';
import { runCommand, startCommand } from '../support/fluxgate-command.js';
import { cleanUp, makeDataDir } from '../support/fluxgate-process.js';
import { createEmptyDatabase, query, type TestDatabase } from '../support/postgres.js';
import { createRoles, dropRoles } from '../support/roles-script.js';

const TABLE_NAMES = `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
                     order by relname`;
const LOCK_ID = '4207114917';

let database: TestDatabase;
beforeEach(async () => (database = await createEmptyDatabase()));
afterEach(() => database.drop());

const tables = async () => (await query<{ name: string }>(database.url, TABLE_NAMES)).map(({ name }) => name);
const fluxgate = (...args: string[]) => runCommand(args, { databaseUrl: database.url });
const up = () => migrateUp({ url: database.url, setting: 'DATABASE_URL' });

describe('fluxgate migrate up', () => {
  it('makes every table that there is, says so, and has nothing to do when it is run again', async () => {
    const first = await fluxgate('migrate', 'up', '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const { applied } = JSON.parse(first.stdout) as { applied: string[] };
    expect(applied).toEqual(applied.toSorted());
    expect(applied[0]).toBe('20261124000000-initial');
    expect(await tables()).toEqual([...TABLES, 'mikro_orm_migrations'].sort());

    expect(await fluxgate('migrate', 'up')).toEqual({
      code: 0,
      stdout: 'Nothing to do: the tables are up to date.\n',
      stderr: '',
    });
  });

  it('needs neither a secret nor the settings of a gateway, and goes to the URL of the owner', async () => {
    const { code, stdout } = await runCommand(['migrate', 'up'], {
      databaseUrl: '',
      env: { NODE_ENV: 'production', FLUXGATE_SECRET: '', FLUXGATE_MIGRATION_DATABASE_URL: database.url },
    });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Applied 20261124000000-initial, /)]);
  });

  it('as the owner, leaves the serving role the rows of every table, and the record of migrations to read', async () => {
    const roles = await createRoles(database.url);
    await migrateUp({ url: roles.ownerUrl, setting: 'DATABASE_URL' });
    const granted = await query<{ name: string; privileges: string }>(
      database.url,
      `select relname as name, string_agg(privilege_type, ',' order by privilege_type) as privileges
       from pg_class, aclexplode(relacl) where grantee = '${roles.server}'::regrole group by relname order by relname`,
    );
    expect(granted).toEqual(
      [...TABLES, 'mikro_orm_migrations'].sort().map((name) => ({
        name,
        privileges: name === 'mikro_orm_migrations' ? 'SELECT' : 'DELETE,INSERT,SELECT,UPDATE',
      })),
    );
    for (const role of [roles.owner, roles.server]) await query(database.url, `drop owned by ${role}`);
    await dropRoles(database.url, roles);
  });

  it('brings the embedded database up to date too', async () => {
    const env = { FLUXGATE_SECRET: '', FLUXGATE_DATA_DIR: await makeDataDir() };
    const { code, stdout } = await runCommand(['migrate', 'up'], { databaseUrl: '', env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Applied 20261124000000-initial, /)]);
    await cleanUp();
  });

  it('waits for another one, and says that it does', async () => {
    const other = new Client({ connectionString: database.url });
    await other.connect();
    await other.query('select pg_advisory_lock($1)', [LOCK_ID]);
    const command = startCommand(['migrate', 'up'], { databaseUrl: database.url });
    await eventually(
      () =>
        query(
          database.url,
          `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
        ),
      (waiting) => waiting.length === 1,
    );
    expect(await tables()).toEqual([]);

    await other.end();
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining('another process is migrating this database')]);
    expect(await tables()).toContain('users');
  });

  it('gives up on a table that is in use instead of making everybody wait behind it', async () => {
    await up();
    // Back to before the last one that changes tables of the first: those after it may touch none of them.
    const applied = `select from mikro_orm_migrations where name = '20261124000012-clean-up'`;
    while ((await query(database.url, applied)).length > 0) await fluxgate('migrate', 'down', '--yes');
    const other = new Client({ connectionString: database.url });
    await other.connect();
    await other.query('begin; lock table users, devices, sessions in row exclusive mode');

    const env = { FLUXGATE_DATABASE_LOCK_TIMEOUT: '1' };
    const { code, stderr } = await runCommand(['migrate', 'up'], { databaseUrl: database.url, env });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^The database \w+ at [\w.:]+ cannot be used: its tables were in use for longer than FLUXGATE_DATABASE_LOCK_TIMEOUT: .*\.\n$/,
      ),
    ]);
    await other.end();
  });

  it('leaves a database alone that a newer Fluxgate has migrated', async () => {
    await up();
    await query(database.url, `insert into mikro_orm_migrations (name) values ('20991231000000-later')`);
    for (const args of [['up'], ['down', '--yes']]) {
      const { code, stderr } = await fluxgate('migrate', ...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining('a newer Fluxgate has made 1 migration there')]);
    }
    expect(await tables()).toContain('users');
  });
});

describe('fluxgate migrate down', () => {
  it('asks before it takes something back, and touches nothing', async () => {
    const { code, stderr } = await fluxgate('migrate', 'down');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^`fluxgate migrate down` .*: add --yes\.\n$/)]);
  });

  it('goes one step at a time, back to a database without a table of ours', async () => {
    const applied = await up();
    for (const name of applied.toReversed()) {
      expect(await fluxgate('migrate', 'down', '--yes')).toMatchObject({ code: 0, stdout: `Took back ${name}.\n` });
    }
    expect(await tables()).toEqual(['mikro_orm_migrations']);
    expect(await fluxgate('migrate', 'down', '--yes')).toMatchObject({
      code: 0,
      stdout: 'Nothing to do: the database is empty.\n',
    });
    expect(await up()).toEqual(applied);
  });
});

describe('fluxgate migrate status', () => {
  it('shows each migration as applied, pending or unknown, and changes nothing', async () => {
    expect(await fluxgate('migrate', 'status')).toMatchObject({ code: 0 });
    expect(await tables()).toEqual([]);

    await up();
    await query(
      database.url,
      `delete from mikro_orm_migrations where name = '20261124000000-initial';
       insert into mikro_orm_migrations (name) values ('20991231000000-later')`,
    );
    const { stdout } = await fluxgate('migrate', 'status', '--json');
    const rows = JSON.parse(stdout) as { name: string; state: string; appliedAt: string | null }[];
    expect(rows.find(({ name }) => name === '20261124000000-initial')).toMatchObject({
      state: 'pending',
      appliedAt: null,
    });
    expect(rows.find(({ name }) => name === '20991231000000-later')).toMatchObject({ state: 'unknown' });
    expect(rows.filter(({ state }) => state === 'applied').length).toBeGreaterThan(0);
  });
});
