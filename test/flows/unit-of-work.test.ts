import { createHash } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { lockImportedToken } from '../../src/domain/imported-token.js';
import { findIdentity, listIdentities } from '../../src/domain/provider/identity.js';
import { listEvents, recordEvents } from '../../src/domain/security-event.js';
import { findSessions } from '../../src/domain/session/session.js';
import { parseEmail } from '../../src/domain/user/parse.js';
import { isEmailTaken, lockUser, newUser, User } from '../../src/domain/user/user.js';
import { DEFAULT_LIMITS } from '../../src/storage/connection.js';
import { SigningKey } from '../../src/storage/entities/signing-key.js';
import { openOrm } from '../../src/storage/orm.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { freshEmail } from '../support/sign-in.js';

/** Of the columns that can be read in more than one spelling, the odd ones. */
const ROWS = `
  with u as (
    insert into users (id, email, email_key, name, user_type, roles, unlinked_issuers, email_verified_at, created_at)
    values ('01a20f00-0000-7000-8000-000000000001', 'Á@example.org', 'á@example.org', 'Ada', 'client',
            '{"with, comma","and \\"quotes\\"","NULL"}', '{https://a}', '2026-01-02 03:04:05.678901+05:30', '1999-12-31 23:59:59.999999Z')
  ), d as (
    insert into devices (id, user_id, name, recognition_key, last_seen_at)
    values ('01a20f00-0000-7000-8000-000000000002', '01a20f00-0000-7000-8000-000000000001', 'd', 'k', now() - interval '1 us')
  ), s as (
    insert into sessions (id, user_id, device_id, rotated_by, refresh_counter, last_ip, idle_expires_at, absolute_expires_at)
    values ('01a20f00-0000-7000-8000-000000000003', '01a20f00-0000-7000-8000-000000000001', '01a20f00-0000-7000-8000-000000000002',
            'f', 9007199254740993, '2001:db8::/48', now() + interval '1.0000001 day', now() + interval '2 days')
  ), i as (
    insert into identities (id, user_id, provider, issuer, subject)
    values ('01a20f00-0000-7000-8000-000000000004', '01a20f00-0000-7000-8000-000000000001', 'p', 'https://a', 's')
  ), t as (
    insert into imported_refresh_tokens (digest, user_id, expires_at)
    values (sha256('token'), '01a20f00-0000-7000-8000-000000000001', now() + interval '1 day')
  ), k as (
    insert into signing_keys (kid, algorithm, state, public_jwk, private_key_encrypted, secret_id)
    values ('kid', 'EdDSA', 'current', '{"y": 1, "x": [2.50, null], "a": {"b": "c"}}', '\\x00ff', 7)
  )
  insert into security_events (id, type, severity, user_id, details)
  values ('01a20f00-0000-7000-8000-000000000005', 'user.created', 0, '01a20f00-0000-7000-8000-000000000001',
          '{"b": 1e400, "a": [], "": {"z": "\\u00e9"}}')`;

const begun: string[] = [];
let database: TestDatabase;
let orm: MikroORM;
beforeAll(async () => {
  database = await createTestDatabase();
  orm = await openOrm(database.url, DEFAULT_LIMITS, (nameOf) => {
    if (nameOf().operation !== 'CONNECT') begun.push(nameOf().operation);
    return null;
  });
});
afterAll(async () => {
  await orm.close(true);
  await database.drop();
});

/** The id of a new account. */
async function anAccount(address = freshEmail()): Promise<string> {
  const email = parseEmail(address);
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

describe('a transaction that opens an account', () => {
  it('tells an address that is taken from whatever else there may be once', async () => {
    const address = freshEmail();
    const id = await anAccount(address);
    const errorOf = (work: Promise<unknown>) =>
      work.then(
        () => null,
        (error: unknown) => error,
      );
    expect(isEmailTaken(await errorOf(anAccount(address)))).toBe(true);

    const sameId = { id, email: 'b@example.org', emailKey: 'b@example.org', name: 'B', userType: 'client' } as const;
    const error = await errorOf(orm.em.fork().insert(User, sameId));
    expect(error).toMatchObject({ code: '23505', constraint: 'users_pkey' });
    expect(isEmailTaken(error)).toBe(false);
  });
});

describe('a transaction that changes an account', () => {
  it('says when, and one that leaves it as it was does not', async () => {
    const id = await anAccount();
    await query(database.url, `update users set updated_at = created_at - interval '1 day' where id = $1`, [id]);
    const rename = async (name: string) => {
      await orm.em.fork().transactional(async (tx) => void ((await lockUser(tx, id))!.name = name));
      const isNew = 'select updated_at > created_at as moved from users where id = $1';
      return (await query<{ moved: boolean }>(database.url, isNew, [id]))[0]?.moved;
    };
    expect([await rename('As it was'), await rename('Another')]).toEqual([false, true]);
  });
});

describe('a transaction that only reads', () => {
  it('writes nothing, however a value is spelt', async () => {
    await query(database.url, ROWS);
    const [user] = await query<{ id: string }>(database.url, `select id from users where name = 'Ada'`);
    const identity = { issuer: 'https://a', subject: 's' };
    begun.length = 0;
    const read = await orm.em
      .fork()
      .transactional(async (tx) => [
        await lockUser(tx, user!.id),
        ...(await findSessions(tx, ['01a20f00-0000-7000-8000-000000000003'])),
        await findIdentity(tx, identity),
        ...(await listIdentities(tx, user!.id)),
        await lockImportedToken(tx, createHash('sha256').update('token').digest()),
        ...(await listEvents(tx, user!.id, { first: 10, afterId: null }, {})).events,
        ...(await tx.find(SigningKey, {})),
      ]);
    expect(read.filter(Boolean)).toHaveLength(7);
    expect(new Set(begun)).toEqual(new Set(['BEGIN', 'SELECT', 'COMMIT']));
  });
});
