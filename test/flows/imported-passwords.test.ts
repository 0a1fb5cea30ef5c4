import { randomUUID } from 'node:crypto';
import { hashSync as argon2 } from '@node-rs/argon2';
import { hashSync as bcrypt } from 'bcryptjs';
import { importUsers } from '../../src/auth/operator/import-users.js';
import { openOrm } from '../../src/storage/orm.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { freshEmail, logIn, refreshWith } from '../support/sign-in.js';

const LEAST_COST = 4; // of bcrypt
const OURS = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
const COMPOSED = 'caf\u00e9 au lait 1';
const DECOMPOSED = 'cafe\u0301 au lait 1';
const LONG = `${'correct horse '.repeat(6)}battery`; // 91 bytes

const cheapArgon2 = (password: string, algorithm: 0 | 1 | 2) =>
  argon2(password, { algorithm, memoryCost: 4_096, timeCost: 1, parallelism: 1 });
const argon2OfOurCosts = (password: string) => argon2(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
const cheapBcrypt = (password: string) => bcrypt(password, LEAST_COST);

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});
afterAll(() => gateway.close());

interface UserRow {
  readonly id: string;
  readonly password_hash: string;
  readonly password_version: number;
}

/** @returns the address of an account that was imported with this hash. */
async function importAccount(passwordHash: string): Promise<string> {
  const email = freshEmail();
  const orm = await openOrm(gateway.databaseUrl);
  try {
    const line = { number: 1, text: JSON.stringify({ id: randomUUID(), email, name: 'Ann', passwordHash }) };
    async function* lines() {
      yield await Promise.resolve(line);
    }
    const options = { dryRun: false, onProgress: () => undefined, onRefused: () => undefined };
    expect(await importUsers({ em: orm.em.fork() }, lines(), options)).toMatchObject({ imported: 1 });
  } finally {
    await orm.close(true);
  }
  return email;
}

async function userRow(email: string): Promise<UserRow> {
  const [row] = await gateway.sql<UserRow>('select * from users where email_key = $1', [email]);
  return row!;
}

describe('an imported account', () => {
  it.each<[string, string, string]>([
    ['a bcrypt hash', cheapBcrypt('right-password-1'), 'right-password-1'],
    ['a bcrypt hash of PHP', cheapBcrypt('right-password-1').replace('$2b$', '$2y$'), 'right-password-1'],
    ['a bcrypt hash of a password that is too short here', cheapBcrypt('short'), 'short'],
    ['a bcrypt hash of a known password', cheapBcrypt('password123'), 'password123'],
    ['a bcrypt hash of 91 bytes', cheapBcrypt(LONG), LONG],
    ['an argon2id hash of other costs', cheapArgon2('right-password-1', 2), 'right-password-1'],
    ['an argon2i hash', cheapArgon2('right-password-1', 1), 'right-password-1'],
    ['an argon2d hash', cheapArgon2('right-password-1', 0), 'right-password-1'],
    ['a bcrypt hash of decomposed letters', cheapBcrypt(DECOMPOSED), DECOMPOSED],
    ['a bcrypt hash of composed letters', cheapBcrypt(COMPOSED), COMPOSED],
    ['an argon2 hash of decomposed letters', cheapArgon2(DECOMPOSED, 2), DECOMPOSED],
    ['an argon2 hash of composed letters', cheapArgon2(COMPOSED, 2), COMPOSED],
    ['an argon2id hash of our costs', argon2OfOurCosts('right-password-1'), 'right-password-1'],
    ['an argon2id hash of our costs and of decomposed letters', argon2OfOurCosts(DECOMPOSED), DECOMPOSED],
  ])('with %s signs in with its password, gets a hash of ours, and signs in again', async (_, hash, password) => {
    const email = await importAccount(hash);
    const before = await userRow(email);
    expect((await logIn(gateway, { email, password: 'wrong-password-1' })).code).toBe('INVALID_CREDENTIALS');
    expect(await userRow(email)).toEqual(before);

    const first = await logIn(gateway, { email, password });
    expect(first).toMatchObject({ __typename: 'AuthPayload', user: { id: before.id } });
    const after = await userRow(email);
    expect(after.password_hash).toMatch(OURS);
    expect(after.password_version).toBe(before.password_version);

    const second = await logIn(gateway, { email, password });
    expect(second.__typename).toBe('AuthPayload');
    expect(await userRow(email)).toEqual(after);
    expect((await logIn(gateway, { email, password: 'wrong-password-1' })).code).toBe('INVALID_CREDENTIALS');
    expect((await gateway.gql('{ me { id } }', {}, bearer(first.accessToken))).data).toEqual({ me: { id: before.id } });
    expect((await refreshWith(gateway, first.refreshToken)).outcome).toBe('ROTATED');
  });

  /** As the server before did, which compared what was typed; a hash of ours is of the composed form. */
  it('takes the other form of its letters from the first sign-in on', async () => {
    const email = await importAccount(cheapBcrypt(COMPOSED));
    expect((await logIn(gateway, { email, password: DECOMPOSED })).code).toBe('INVALID_CREDENTIALS');
    expect((await logIn(gateway, { email, password: COMPOSED })).__typename).toBe('AuthPayload');
    expect((await logIn(gateway, { email, password: DECOMPOSED })).__typename).toBe('AuthPayload');
  });

  /** bcrypt reads 72 bytes. What is typed beyond them begins to count with the hash of ours. */
  it('takes of a long bcrypt password what bcrypt took, and all of it from then on', async () => {
    const first72 = LONG.slice(0, 72);
    const email = await importAccount(cheapBcrypt(LONG));
    expect((await logIn(gateway, { email, password: LONG.slice(0, 71) })).code).toBe('INVALID_CREDENTIALS');
    expect((await logIn(gateway, { email, password: LONG })).__typename).toBe('AuthPayload');
    expect((await logIn(gateway, { email, password: first72 })).code).toBe('INVALID_CREDENTIALS');

    const other = await importAccount(cheapBcrypt(LONG));
    expect((await logIn(gateway, { email: other, password: first72 })).__typename).toBe('AuthPayload');
  });

  it('gets one hash when it signs in on two devices at once, and both sessions live', async () => {
    const email = await importAccount(cheapBcrypt('right-password-1'));
    const both = await Promise.all([1, 2].map(() => logIn(gateway, { email, password: 'right-password-1' })));
    for (const { refreshToken } of both) expect((await refreshWith(gateway, refreshToken)).outcome).toBe('ROTATED');
    expect((await userRow(email)).password_hash).toMatch(OURS);
  });

  it('never shows its old hash', async () => {
    const hash = cheapBcrypt('right-password-1');
    const email = await importAccount(hash);
    await logIn(gateway, { email, password: 'right-password-1' });
    const events = await gateway.sql('select * from security_events');
    expect(JSON.stringify([events, gateway.logLines])).not.toContain(hash);
  });
});
