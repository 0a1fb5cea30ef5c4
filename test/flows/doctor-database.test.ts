import { createExaminedDatabase, type ExaminedDatabase } from '../support/examined-database.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { query } from '../support/postgres.js';

let database: ExaminedDatabase;
beforeEach(async () => (database = await createExaminedDatabase()));
afterEach(() => database.drop());

const byCheck = (found: readonly Finding[]) => new Map(found.map((finding) => [finding.check, finding]));

/** Functions of the role's own stand before the system's. */
async function shadow(definition: string): Promise<void> {
  await database.admin(`CREATE SCHEMA shadow; GRANT USAGE ON SCHEMA shadow TO PUBLIC; CREATE FUNCTION shadow.${definition};
    ALTER ROLE ${database.server} SET search_path = shadow, pg_catalog, public`);
}

describe('a database as roles.sql and migrate up leave it', () => {
  it('is fine in every respect', async () => {
    const found = await database.findings();
    expect(found.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(found.map(({ check }) => check)).toEqual([
      'database',
      'database TLS',
      'privileges',
      'migrations',
      'time-outs',
      'clock',
      'client addresses',
      'connections',
      'password hashes',
      'signing keys',
    ]);
    expect(found[2]?.saw).toBe(`the role ${database.server} reads and writes rows, and no more`);
  });
});

describe('the check of password hashes', () => {
  const account = (n: number, hash: string) =>
    database.admin(`INSERT INTO users (id, email, email_key, name, user_type, password_hash)
      VALUES (gen_random_uuid(), '${n}@example.org', '${n}@example.org', 'Ann', 'client', '${hash}')`);
  const TAIL = 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';

  it('counts those that are dearer than ours, and warns of the costly ones', async () => {
    await account(1, `$2b$10$${TAIL}`);
    await account(
      2,
      '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$C2I6PZO1ZmsAfVnKhJrCmRCuA4eCiNUNIhCVvG1FAW8',
    );
    await account(
      3,
      '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$C2I6PZO1ZmsAfVnKhJrCmRCuA4eCiNUNIhCVvG1FAW8',
    );
    await account(4, 'no hash of any kind');
    expect(await database.finding('password hashes')).toMatchObject({
      outcome: 'ok',
      saw: '2 accounts with a hash that takes longer to check than ours',
    });

    await account(5, `$2b$12$${TAIL}`);
    await account(6, `$2b$15$${TAIL}`);
    await account(7, `$2b$15$${TAIL}`);
    const finding = await database.finding('password hashes');
    expect(finding).toMatchObject({
      outcome: 'warning',
      saw:
        '3 accounts with a hash that takes more than ten times as long to check as ours, 2 accounts with a hash that ' +
        'takes longer than what is imported now: the dearest is $2b$15$',
    });
    expect(JSON.stringify(finding)).not.toContain(TAIL);
  });
});

describe('the check of where clients come from', () => {
  const comeFrom = (addresses: string, users: number) =>
    database.admin(`INSERT INTO security_events (id, type, severity, user_id, ip)
      SELECT gen_random_uuid(), 'login.succeeded', 0, gen_random_uuid(), (${addresses})::inet FROM generate_series(1, ${users}) AS nth`);

  it.each([
    ['10.0.0.5', '10.0.0.5'],
    ['fd00::5', 'fd00::5'],
    ['127.0.0.1', '127.0.0.1'],
  ])('warns where all have one private address: %s', async (address, named) => {
    await comeFrom(`'${address}'`, 5);
    expect(await database.finding('client addresses')).toMatchObject({
      outcome: 'warning',
      saw: `the last 5 users all came from ${named}, and FLUXGATE_TRUSTED_PROXIES is not set: they share its limits`,
    });
  });

  it.each([
    ['of addresses of their own', `'10.0.0.' || nth`, 5],
    ['of one public address, as of an office', `'203.0.113.7'`, 5],
    ['of a handful of people', `'10.0.0.5'`, 4],
  ])('is content with events %s', async (_, addresses, users) => {
    await comeFrom(addresses, users);
    expect(await database.finding('client addresses')).toMatchObject({ outcome: 'ok' });
  });
});

describe('the check of the server', () => {
  it('fails for one that is too old', async () => {
    await shadow(`current_setting(name text) RETURNS text LANGUAGE sql AS
      $$ SELECT CASE name WHEN 'server_version_num' THEN '130014' ELSE pg_catalog.current_setting(name) END $$`);
    expect(await database.finding('database')).toMatchObject({
      outcome: 'failed',
      advice: 'upgrade it to 14 or later',
    });
  });

  it('fails for one that can only be read', async () => {
    await database.admin(`ALTER ROLE ${database.server} SET default_transaction_read_only = on`);
    expect(await database.finding('database')).toMatchObject({ outcome: 'failed', advice: 'name the primary server' });
  });
});

describe('the check of privileges', () => {
  it('names each that is missing, and the others are checked all the same', async () => {
    await database.admin(
      `REVOKE UPDATE, DELETE ON sessions FROM ${database.server}; REVOKE SELECT ON signing_keys FROM ${database.server}`,
    );
    const found = byCheck(await database.findings());
    expect(found.get('privileges')).toMatchObject({
      outcome: 'failed',
      saw: expect.stringMatching(/ lacks (?=.*UPDATE on sessions)(?=.*DELETE on sessions)(?=.*SELECT on signing_keys)/),
      advice: expect.stringContaining('deploy/postgres/roles.sql'),
    });
    expect(found.get('signing keys')).toMatchObject({
      outcome: 'failed',
      saw: expect.stringContaining('permission denied'),
    });
    expect(found.get('clock')).toMatchObject({ outcome: 'ok' });
  });

  it('warns of a superuser, and of the owner', async () => {
    expect(await database.finding('privileges', { DATABASE_URL: database.adminUrl })).toMatchObject({
      outcome: 'warning',
      saw: expect.stringContaining('is a superuser'),
    });
    expect(await database.finding('privileges', { DATABASE_URL: database.ownerUrl })).toMatchObject({
      outcome: 'warning',
      saw: expect.stringContaining('owns the tables, can create tables'),
    });
  });
});

describe('the check of migrations', () => {
  it.each([
    [
      'behind',
      `delete from mikro_orm_migrations where name like '%initial'`,
      '1 migration is missing',
      'run `fluxgate migrate up`',
    ],
    ['empty', 'delete from mikro_orm_migrations', 'it is empty', 'run `fluxgate migrate up`'],
    [
      'ahead',
      `insert into mikro_orm_migrations (name) values ('20991231000000-later')`,
      'a newer Fluxgate has made 1 migration there that this one does not know',
      'use that version',
    ],
  ])('fails when they are %s', async (_, sql, saw, advice) => {
    await database.admin(sql);
    expect(await database.finding('migrations')).toEqual({ check: 'migrations', outcome: 'failed', saw, advice });
  });
});

describe('the check of time-outs', () => {
  const pooled = () => ({ DATABASE_DIRECT_URL: database.serverUrl });

  it('looks at the role’s own behind a pooler, as roles.sql sets them', async () => {
    expect(await database.finding('time-outs', pooled())).toMatchObject({
      outcome: 'ok',
      saw: 'idle_in_transaction_session_timeout 10000 ms, lock_timeout 5000 ms, statement_timeout 10000 ms',
    });
  });

  it.each([
    ['RESET statement_timeout', 'statement_timeout off'],
    [`SET idle_in_transaction_session_timeout = '1min'`, 'idle_in_transaction_session_timeout 60000 ms'],
  ])('fails where a revocation could be missed: %s', async (change, saw) => {
    await database.admin(`ALTER ROLE ${database.server} ${change}`);
    expect(await database.finding('time-outs')).toMatchObject({ outcome: 'ok' });
    expect(await database.finding('time-outs', pooled())).toMatchObject({
      outcome: 'failed',
      saw: expect.stringContaining(saw),
    });
  });
});

describe('the check of the clock', () => {
  it.each([
    ['10 seconds', 'warning', 'behind'],
    ['-10 seconds', 'warning', 'ahead of'],
    ['60 seconds', 'failed', 'behind'],
    ['-60 seconds', 'failed', 'ahead of'],
    ['1 second', 'ok', 'behind'],
  ])('sees a database that is %s ahead: %s', async (by, outcome, direction) => {
    await shadow(`clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
      $$ SELECT pg_catalog.clock_timestamp() + interval '${by}' $$`);
    expect(await database.finding('clock')).toMatchObject({
      outcome,
      saw: expect.stringContaining(`ms ${direction} the database's`),
    });
  });
});

describe('the check of connections', () => {
  it.each([
    [9, 'failed', '0'],
    [19, 'warning', '1'],
    [20, 'ok', '2'],
  ])('with %i for the role: %s', async (limit, outcome, gateways) => {
    await database.admin(`ALTER ROLE ${database.server} CONNECTION LIMIT ${limit}`);
    expect(await database.finding('connections')).toMatchObject({
      outcome,
      saw: `of the ${limit} that are left for gateways, 10 each: enough for ${gateways}`,
    });
  });

  it('counts the pool of each worker', async () => {
    await database.admin(`ALTER ROLE ${database.server} CONNECTION LIMIT 40`);
    expect(await database.finding('connections', { FLUXGATE_WORKERS: '4' })).toMatchObject({
      outcome: 'warning',
      saw: 'of the 40 that are left for gateways, 40 each: enough for 1',
      advice: expect.stringContaining('FLUXGATE_WORKERS'),
    });
  });

  it('counts with the pool that is set, and with what the server has', async () => {
    const [row] = await query<{ setting: number }>(
      database.adminUrl,
      `select setting::int from pg_settings where name = 'max_connections'`,
    );
    expect(await database.finding('connections', { FLUXGATE_DATABASE_POOL: String(row!.setting) })).toMatchObject({
      outcome: 'failed',
    });
  });

  it('leaves them to the pooler where there is one', async () => {
    const found = byCheck(await database.findings({ DATABASE_DIRECT_URL: database.serverUrl }));
    expect(found.has('connections')).toBe(false);
    expect(found.get('database')?.saw).toContain('through a pooler');
  });
});
