import { commitUnder } from '../support/open-transaction.js';
import { exportedAccount, exportedLines, type ExportedAccount } from '../support/exported-accounts.js';
import { runCommand, startCommand, type FluxgateCommand } from '../support/fluxgate-command.js';
import { createImportFiles, type ImportFiles } from '../support/import-files.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let files: ImportFiles;
beforeAll(async () => {
  database = await createTestDatabase();
  files = createImportFiles();
});
afterAll(async () => {
  files.remove();
  await database.drop();
});
beforeEach(() => query(database.url, 'truncate users cascade'));

const importUsers = (...args: string[]) => runCommand(['users', 'import', ...args], { databaseUrl: database.url });

async function countAccounts(): Promise<number> {
  const [row] = await query<{ count: number }>(database.url, 'select count(*)::int as count from users');
  return row?.count ?? 0;
}

/** An account that signed up here before the import. */
async function insertAccount(email: string): Promise<string> {
  const [row] = await query<{ id: string }>(
    database.url,
    `insert into users (id, email, email_key, name, user_type, password_hash)
     values (gen_random_uuid(), $1, lower($1), 'Here Before', 'client', null) returning id`,
    [email],
  );
  return row!.id;
}

const TAKEN_HERE = 'here-before@example.org';
const json = (n: number, change: Record<string, unknown>) => JSON.stringify({ ...exportedAccount(n), ...change });
const hashOf = (n: number, from: string, to: string) => ({
  passwordHash: exportedAccount(n).passwordHash.replace(from, to),
});

/** What can be wrong with line `n`, and what is said of it. */
const BREAKAGES: readonly (readonly [reason: RegExp, line: (n: number) => string | Buffer])[] = [
  [/^not JSON: is the line cut off\?$/, (n) => json(n, {}).slice(0, 90)],
  [/^not JSON/, () => 'id,email,name'],
  [/^not a JSON object$/, (n) => `[${json(n, {})}]`],
  [/^not UTF-8 text$/, (n) => Buffer.from(json(n, { name: 'José' }), 'latin1')],
  [/^longer than 64 KiB$/, (n) => json(n, { note: 'x'.repeat(1_000_000) })],
  [/^id is/, (n) => json(n, { id: String(n) })],
  [/^email is/, (n) => json(n, { email: 'nobody at nowhere' })],
  [/^name:/, (n) => json(n, { name: '' })],
  [/^passwordHash is/, (n) => json(n, { passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' })],
  [/^passwordHash is dearer/, (n) => json(n - 1, hashOf(n - 1, '$2b$10$', '$2b$13$'))],
  [/^passwordHash is dearer/, (n) => json(n, hashOf(n, 'm=65536', 'm=262144'))],
  [/^userType is/, (n) => json(n, { userType: 'superuser' })],
  [/^createdAt is/, (n) => json(n, { createdAt: '2021-02-31T00:00:00Z' })],
  [/^emailVerified is/, (n) => json(n, { emailVerified: 1 })],
  [/^id taken$/, (n) => json(n, { id: exportedAccount(n - 1).id })],
  [/^e-mail taken$/, (n) => json(n, { email: exportedAccount(n - 1).email.toUpperCase() })],
  [/^e-mail taken$/, (n) => json(n, { email: TAKEN_HERE })],
];
const TOTAL = 100_000;
const EVERY = 100;
const isBroken = (n: number) => n % EVERY === 0;
const breakageOf = (n: number) => BREAKAGES[(n / EVERY) % BREAKAGES.length]!;

interface KeptRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly password_hash: string;
  readonly user_type: string;
  readonly verified: boolean;
  readonly created_at: Date;
}

const KEPT = `select id, email, name, password_hash, user_type, email_verified_at is not null as verified, created_at
              from users where id <> $1 order by id`;

function asExported(row: KeptRow): ExportedAccount {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    passwordHash: row.password_hash,
    userType: row.user_type,
    emailVerified: row.verified,
    createdAt: row.created_at.toISOString(),
  };
}

describe('fluxgate users import', () => {
  it('imports 100,000 accounts as they are, and names exactly the 1,000 broken lines', async () => {
    const here = await insertAccount(TAKEN_HERE);
    const numbers = Array.from({ length: TOTAL }, (_, i) => i + 1);
    const lines = numbers.flatMap((n) => [isBroken(n) ? breakageOf(n)[1](n) : json(n, {}), '\n']);
    const path = await files.write('export.jsonl', Buffer.concat(lines.map((line) => Buffer.from(line))));

    const { code, stdout, stderr } = await importUsers(path);

    const broken = numbers.filter(isBroken);
    const good = numbers.filter((n) => !isBroken(n));
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(stdout).toBe(
      `100000 lines read: 99000 imported, 0 already there, 1000 refused.\n` +
        `The refused lines and why: ${path}.refused.jsonl\n`,
    );
    const report = (await files.report(`${path}.refused.jsonl`)) ?? [];
    expect(report.map(({ line }) => line)).toEqual(broken);
    expect(report.filter(({ line, reason }) => !breakageOf(line)[0].test(reason))).toEqual([]);
    expect(JSON.stringify(report)).not.toMatch(/\$2b|\$argon2|5f4dcc3b5aa765d61d8327deb882cf99/);

    const kept = await query<KeptRow>(database.url, KEPT, [here]);
    const differing = kept.filter((row, i) => JSON.stringify(asExported(row)) !== json(good[i] ?? 0, {}));
    expect([kept.length, differing]).toEqual([good.length, []]);

    const again = await importUsers(path);
    expect([again.code, again.stdout.split('\n')[0]]).toEqual([
      2,
      '100000 lines read: 0 imported, 99000 already there, 1000 refused.',
    ]);
    expect(await files.report(`${path}.refused.jsonl`)).toEqual(report);
  }, 600_000);

  it('warns of hashes that take long to check, of those that it imports', async () => {
    const costly = [1, 3].map((n) => json(n, hashOf(n, '$2b$10$', '$2b$12$')));
    const path = await files.write('costly.jsonl', [...costly, json(5, {}), json(6, {})].join('\n'));

    const { code, stdout } = await importUsers(path);
    expect([code, stdout.split('\n')[1]]).toEqual([
      0,
      'WARNING: 2 accounts with a hash that takes more than ten times as long to check as ours, until its owner signs ' +
        'in: few such sign-ins pass at once.',
    ]);
    expect((await importUsers(path)).stdout).toBe('4 lines read: 0 imported, 4 already there, 0 refused.\n');
  });

  it('keeps nothing in a dry run, and refuses the same lines', async () => {
    await insertAccount(TAKEN_HERE);
    const lines = BREAKAGES.map(([, line], i) => line(2 * i + 2)).flatMap((line) => [line, '\n']);
    const path = await files.write(
      'dry.jsonl',
      Buffer.concat([exportedLines(1, 40), ...lines].map((line) => Buffer.from(line))),
    );

    const dry = await importUsers(path, '--dry-run');
    expect([dry.code, dry.stdout.split('\n')[0]]).toEqual([
      2,
      `${BREAKAGES.length + 40} lines read: 40 would be imported (dry run: nothing was kept), 0 already there, ` +
        `${BREAKAGES.length} refused.`,
    ]);
    expect(await countAccounts()).toBe(1);
    const refused = await files.report(`${path}.refused.jsonl`);
    await importUsers(path);
    expect(await files.report(`${path}.refused.jsonl`)).toEqual(refused);
    expect(await countAccounts()).toBe(41);
  });
});

describe('an import that did not come to its end', () => {
  const ACCOUNTS = 5_000;

  /** Ends an import while it waits for a row of its third batch. */
  async function interrupt(path: string, end: (command: FluxgateCommand) => void) {
    const { id, email } = exportedAccount(2_500);
    const uncommitted = `insert into users (id, email, email_key, name, user_type) values ($1, $2, lower($2), 'x', 'client')`;
    let command!: FluxgateCommand;
    return commitUnder(
      database.url,
      { text: uncommitted, values: [id, email] },
      () => {
        command = startCommand(['users', 'import', path], { databaseUrl: database.url });
        return command.ended;
      },
      () => end(command),
    );
  }

  it.each([
    ['killed', 'SIGKILL', 'SIGKILL'],
    ['stopped', 'SIGTERM', 1],
  ] as const)('because it was %s is finished by running it again', async (_, signal, code) => {
    const path = await files.write('interrupted.jsonl', exportedLines(1, ACCOUNTS));
    const interrupted = await interrupt(path, (command) => command.kill(signal));
    expect(interrupted.code).toBe(code);
    expect(interrupted.stderr).not.toMatch(/error|^ +at /im);

    const kept = await countAccounts();
    expect(kept).toBeGreaterThanOrEqual(2_000);
    expect(kept).toBeLessThan(ACCOUNTS);

    const again = await importUsers(path);
    expect([again.code, again.stderr]).toEqual([0, '']);
    const [, imported, alreadyThere] = /: (\d+) imported, (\d+) already there, 0 refused\.\n$/.exec(again.stdout) ?? [];
    expect(Number(imported) + Number(alreadyThere)).toBe(ACCOUNTS);
    expect(Number(alreadyThere)).toBeGreaterThanOrEqual(2_000);
    expect(await countAccounts()).toBe(ACCOUNTS);
  });

  it('because the database went away says so in one sentence, and is finished by running it again', async () => {
    const path = await files.write('outage.jsonl', exportedLines(1, ACCOUNTS));
    await query(
      database.url,
      `create function go_away() returns trigger language plpgsql as $$
       begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`,
    );
    await query(
      database.url,
      `create trigger go_away before insert on users for each row
       when (new.id = '${exportedAccount(2_500).id}') execute function go_away()`,
    );
    const outage = await importUsers(path);
    await query(database.url, 'drop trigger go_away on users');

    expect(outage).toMatchObject({ code: 1, stdout: '' });
    expect(outage.stderr).toMatch(/^The import stopped: .+\. Run it again, and it goes on\.\n$/);
    expect((await importUsers(path)).stdout).toMatch(/ 3000 imported, 2000 already there, 0 refused\.\n$/);
  });

  it('because the file was half written is completed by the whole file', async () => {
    const whole = exportedLines(1, 10);
    const path = await files.write('half.jsonl', whole.slice(0, -40));
    const half = await importUsers(path);
    expect([half.code, half.stdout.split('\n')[0]]).toEqual([
      2,
      '10 lines read: 9 imported, 0 already there, 1 refused.',
    ]);
    expect(await files.report(`${path}.refused.jsonl`)).toEqual([
      { line: 10, reason: 'not JSON: is the line cut off?' },
    ]);

    await files.write('half.jsonl', whole);
    const second = await importUsers(path);
    expect([second.code, second.stdout]).toEqual([0, '10 lines read: 1 imported, 9 already there, 0 refused.\n']);
    expect(await files.report(`${path}.refused.jsonl`)).toBeNull();
  });
});
