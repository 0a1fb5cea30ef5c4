import type { MikroORM } from '@mikro-orm/postgresql';
import { importUsers, type ImportCounts, type RefusedLine } from '../../src/auth/operator/import-users.js';
import { readLines } from '../../src/cli/read-lines.js';
import { openOrm } from '../../src/storage/orm.js';
import { exportedAccount } from '../support/exported-accounts.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let orm: MikroORM;
beforeAll(async () => {
  database = await createTestDatabase();
  orm = await openOrm(database.url);
});
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});
beforeEach(() => query(database.url, 'truncate users cascade'));

/** Imports lines: objects as JSON, text as it is. */
async function importAll(
  lines: readonly (object | string)[],
  dryRun = false,
): Promise<ImportCounts & { refusals: [number, string][] }> {
  const refusals: RefusedLine[] = [];
  async function* chunks() {
    for (const line of lines)
      yield await Promise.resolve(Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
  }
  const counts = await importUsers({ em: orm.em.fork() }, readLines(chunks()), {
    dryRun,
    onProgress: () => undefined,
    onRefused: (refused) => refusals.push(refused),
  });
  return { ...counts, refusals: refusals.map(({ line, reason }) => [line, reason]) };
}

async function importedIds(): Promise<string[]> {
  return (await query<{ id: string }>(database.url, 'select id from users order by id')).map(({ id }) => id);
}

const TOO_DEAR = 'passwordHash is dearer than bcrypt of cost 12, or argon2 of 128 MiB and 9 passes';
const NOT_A_HASH = 'passwordHash is not a bcrypt or argon2 hash that can be verified';
const NOT_A_DATE = 'createdAt is not a date and time with a time zone (ISO 8601)';
const NOT_AN_EMAIL = 'email is not an e-mail address';

describe('a line of an import', () => {
  it.each<[string, object | string, string]>([
    ['cut off', JSON.stringify(exportedAccount(2)).slice(0, 70), 'not JSON: is the line cut off?'],
    ['not JSON', "{'id': 1}", 'not JSON: is the line cut off?'],
    ['a list', [exportedAccount(2)], 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['text', '"id"', 'not a JSON object'],
    ['empty', {}, 'id is not a UUID'],
    ['with a number for an id', { ...exportedAccount(2), id: 2 }, 'id is not a UUID'],
    ['with an id in braces', { ...exportedAccount(2), id: `{${exportedAccount(2).id}}` }, 'id is not a UUID'],
    ['without an address', { ...exportedAccount(2), email: undefined }, NOT_AN_EMAIL],
    ['with an address without a host', { ...exportedAccount(2), email: 'person' }, NOT_AN_EMAIL],
    ['with a list of addresses', { ...exportedAccount(2), email: ['a@example.org'] }, NOT_AN_EMAIL],
    ['with an invisible letter in the address', { ...exportedAccount(2), email: 'a\u200bb@example.org' }, NOT_AN_EMAIL],
    ['with a blank name', { ...exportedAccount(2), name: '  ' }, 'name: Enter a name.'],
    [
      'with NUL in the name',
      { ...exportedAccount(2), name: 'A\0B' },
      'name: A name has no control or invisible characters.',
    ],
    [
      'with half a letter in the name',
      '{"id":"0190a5c4-7b1e-4f00-8000-000000000002","email":"a@example.org","name":"A\\ud83e"}',
      'name: A name has no control or invisible characters.',
    ],
    [
      'with an endless name',
      { ...exportedAccount(2), name: 'x'.repeat(101) },
      'name: A name has at most 100 characters.',
    ],
    ['without a hash', { ...exportedAccount(2), passwordHash: null }, NOT_A_HASH],
    ['with an MD5 hash', { ...exportedAccount(2), passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' }, NOT_A_HASH],
    [
      'with an absurd cost',
      { ...exportedAccount(1), passwordHash: exportedAccount(1).passwordHash.replace('$10$', '$31$') },
      TOO_DEAR,
    ],
    [
      'with absurd memory',
      { ...exportedAccount(2), passwordHash: exportedAccount(2).passwordHash.replace('65536', '9999999') },
      TOO_DEAR,
    ],
    [
      'with an unknown user type',
      { ...exportedAccount(2), userType: 'root' },
      'userType is not one of client, freelancer, admin',
    ],
    [
      'with the name of an inherited member as user type',
      { ...exportedAccount(2), userType: 'constructor' },
      'userType is not one of client, freelancer, admin',
    ],
    [
      'that is vague about the address',
      { ...exportedAccount(2), emailVerified: 'yes' },
      'emailVerified is not true or false',
    ],
    ['with a date that is none', { ...exportedAccount(2), createdAt: 'yesterday' }, NOT_A_DATE],
    ['with a day that is none', { ...exportedAccount(2), createdAt: '2023-02-30T00:00:00Z' }, NOT_A_DATE],
    ['with a date that PostgreSQL has not', { ...exportedAccount(2), createdAt: '0000-01-01T00:00:00Z' }, NOT_A_DATE],
    ['with a date in seconds', { ...exportedAccount(2), createdAt: 1_700_000_000 }, NOT_A_DATE],
    ['that is too long', { ...exportedAccount(2), note: 'x'.repeat(65_536) }, 'longer than 64 KiB'],
  ])('is refused alone when it is %s', async (_, line, reason) => {
    expect(await importAll([exportedAccount(1), line, exportedAccount(3)])).toEqual({
      read: 3,
      imported: 2,
      alreadyThere: 0,
      costlyHashes: 0,
      refused: 1,
      refusals: [[2, reason]],
    });
    expect(await importedIds()).toEqual([exportedAccount(1).id, exportedAccount(3).id]);
  });

  it('may leave out what is not known: then it is a client, of an address not verified, made now', async () => {
    const { id, email, name, passwordHash } = exportedAccount(1);
    await importAll([{ id, email, name, passwordHash, createdAt: null }]);
    expect(
      await query(
        database.url,
        `select user_type, email_verified_at, created_at > now() - interval '1 hour' as fresh from users`,
      ),
    ).toEqual([{ user_type: 'client', email_verified_at: null, fresh: true }]);
  });

  it('keeps its id in lower case, its address as typed and its date to the millisecond', async () => {
    const account = { ...exportedAccount(1), id: exportedAccount(1).id.toUpperCase(), email: ' Ann@Example.ORG ' };
    await importAll([{ ...account, createdAt: '2020-05-06T09:08:09.123456+02:00', emailVerified: true }]);
    expect(
      await query(
        database.url,
        `select id, email, email_key, created_at, status, roles, email_verified_at is not null as verified from users`,
      ),
    ).toEqual([
      {
        id: exportedAccount(1).id,
        email: 'Ann@Example.ORG',
        email_key: 'ann@example.org',
        created_at: new Date('2020-05-06T07:08:09.123Z'),
        status: 'active',
        roles: [],
        verified: true,
      },
    ]);
  });

  it('cannot say what is not asked: roles, status, columns, prototypes', async () => {
    const { id, email, name, passwordHash } = exportedAccount(1);
    const account = JSON.stringify({
      id,
      email,
      name,
      passwordHash,
      roles: ['admin'],
      status: 'disabled',
      password_version: 7,
    });
    const polluting = account.replace(
      '{',
      '{"__proto__":{"userType":"admin","emailVerified":true},"constructor":{"prototype":{"x":1}},',
    );
    expect(await importAll([polluting])).toMatchObject({ imported: 1, refused: 0 });
    expect(
      await query(database.url, 'select user_type, email_verified_at, roles, status, password_version from users'),
    ).toEqual([{ user_type: 'client', email_verified_at: null, roles: [], status: 'active', password_version: 1 }]);
    expect(({} as Record<string, unknown>)['userType']).toBeUndefined();
  });
});

describe('an account that is there', () => {
  const [ann, ben] = [exportedAccount(1), exportedAccount(2)];

  it.each<[string, object[], [number, string][], number]>([
    ['its line again', [ann, ann], [], 1],
    ['its line again with another name, which changes nothing', [ann, { ...ann, name: 'Another' }], [], 1],
    ['its id with another address', [ann, { ...ben, id: ann.id }], [[2, 'id taken']], 0],
    ['its address with another id', [ann, { ...ben, email: ann.email }], [[2, 'e-mail taken']], 0],
    ['its address in capitals', [ann, { ...ben, email: ann.email.toUpperCase() }], [[2, 'e-mail taken']], 0],
    ['its id and the address of another', [ann, ben, { ...ann, email: ben.email }], [[3, 'e-mail taken']], 0],
    ['its id on a line that was refused before', [ann, { ...ben, email: ann.email }, ben], [[2, 'e-mail taken']], 0],
  ])('is told from %s, in one batch or in two runs', async (_, lines, refusals, repeated) => {
    const imported = lines.length - refusals.length - repeated;
    expect(await importAll(lines)).toEqual({
      read: lines.length,
      imported,
      alreadyThere: repeated,
      costlyHashes: 0,
      refused: refusals.length,
      refusals,
    });
    const kept = await query(database.url, 'select * from users order by id');
    expect(await importAll(lines)).toMatchObject({ imported: 0, alreadyThere: imported + repeated, refusals });
    expect(await query(database.url, 'select * from users order by id')).toEqual(kept);
  });

  it('is reported in the order of the file, among lines that are refused for what they say', async () => {
    const { refusals } = await importAll([ann, { ...ben, email: ann.email }, 'x', { ...ben, id: ann.id }, '{}']);
    expect(refusals.map(([line]) => line)).toEqual([2, 3, 4, 5]);
  });
});

it('says the same in a dry run, and keeps nothing', async () => {
  await importAll([exportedAccount(1)]);
  const lines = [exportedAccount(1), exportedAccount(2), { ...exportedAccount(3), id: exportedAccount(2).id }, 'x'];
  const dry = await importAll(lines, true);
  expect(await importedIds()).toEqual([exportedAccount(1).id]);
  expect(dry).toMatchObject({ imported: 1, alreadyThere: 1, refused: 2 });
  expect(await importAll(lines)).toEqual(dry);
});
