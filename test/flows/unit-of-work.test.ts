import type { MikroORM } from '@mikro-orm/postgresql';
import { recordEvents } from '../../src/domain/security-event.js';
import { parseEmail } from '../../src/domain/user/parse.js';
import { lockUser, newUser } from '../../src/domain/user/user.js';
import { openOrm } from '../../src/storage/orm.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { freshEmail } from '../support/sign-in.js';

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

/** The id of a new account. */
async function anAccount(): Promise<string> {
  const email = parseEmail(freshEmail());
  if (!email.ok) throw new Error(email.message);
  const account = { email: email.value, name: 'As it was', userType: 'client', passwordHash: null } as const;
  return orm.em.fork().transactional((tx) => newUser(tx, account).id);
}

const nameOf = async (id: string) =>
  (await query<{ name: string }>(database.url, 'select name from users where id = $1', [id]))[0]?.name;

describe('the transactions of one request', () => {
  it('leave nothing of one that failed to the next', async () => {
    const id = await anAccount();
    const em = orm.em.fork();
    await em.transactional((tx) => lockUser(tx, id));
    const failed = em.transactional(async (tx) => {
      (await lockUser(tx, id))!.name = 'Half-way';
      throw new Error('the rest of it failed');
    });
    await expect(failed).rejects.toThrow('the rest of it failed');
    await em.transactional((tx) => recordEvents(tx, { ip: null, userAgent: null }, [{ type: 'user.enabled' }]));
    expect(await nameOf(id)).toBe('As it was');
  });

  it('are not within each other: the inner one would wait for what the outer one holds', async () => {
    const nested = orm.em.fork().transactional((tx) => tx.transactional(() => 'inside'));
    await expect(nested).rejects.toThrow('a transaction within a transaction');
  });
});
