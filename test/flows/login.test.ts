import { hashSync } from '@node-rs/argon2';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { countEvents, eventRows } from '../support/security-event-rows.js';
import { freshEmail, logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const WRONG = 'sturdy-otter-battery-8';
const REFUSED = {
  __typename: 'InvalidCredentials',
  code: 'INVALID_CREDENTIALS',
  message: 'E-mail or password is wrong.',
};
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename ... on Error { code message } } }`;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});

afterAll(() => gateway.close());

describe('signing in', () => {
  it('starts a session beside those there are', async () => {
    const first = await signUp(gateway);

    const second = await logIn(gateway, { email: first.user.email });

    expect(second).toMatchObject({ __typename: 'AuthPayload', user: first.user, isNewDevice: false });
    expect(second.session.id).not.toBe(first.session.id);
    const sessions = await gateway.gql('{ sessions { id isCurrent } }', {}, bearer(second.accessToken));
    expect(sessions.data).toEqual({
      sessions: [
        { id: second.session.id, isCurrent: true },
        { id: first.session.id, isCurrent: false },
      ],
    });
  });

  it.each([
    ['in another case', (email: string) => email.toUpperCase()],
    ['with space around it', (email: string) => ` ${email}\n`],
    ['with a full-width @', (email: string) => email.replace('@', '\uff20')],
  ])('takes the address %s', async (_, spell) => {
    const { user } = await signUp(gateway);
    expect(await logIn(gateway, { email: spell(user.email) })).toMatchObject({ __typename: 'AuthPayload', user });
  });

  it.each([
    ['the decomposed form of a composed one', 'caf\u00e9 au lait chaud', 'cafe\u0301 au lait chaud', 'AuthPayload'],
    ['a byte 73 that differs', `${'xy'.repeat(36)}a`, `${'xy'.repeat(36)}b`, 'InvalidCredentials'],
    ['256 emoji', '🦊'.repeat(256), '🦊'.repeat(256), 'AuthPayload'],
    ['another case', PASSWORD, PASSWORD.toUpperCase(), 'InvalidCredentials'],
    ['a space more', PASSWORD, `${PASSWORD} `, 'InvalidCredentials'],
    ['one character', PASSWORD, 's', 'InvalidCredentials'],
  ])('compares the whole password: %s', async (_, chosen, presented, kind) => {
    const { user } = await signUp(gateway, { password: chosen });
    expect(await logIn(gateway, { email: user.email, password: presented })).toMatchObject({ __typename: kind });
  });

  it.each([
    ['a malformed address', { email: 'ada' }, ['email']],
    ['an address with a lone surrogate', { email: '\ud800@example.org' }, ['email']],
    ['no password', { password: '' }, ['password']],
    ['a password of 257 characters', { password: 'x'.repeat(257) }, ['password']],
    ['a password of 10 kB', { password: 'x'.repeat(10_000) }, ['password']],
    ['a password with a lone surrogate', { password: `${PASSWORD}\udc00` }, ['password']],
    ['a password with a NUL', { password: `${PASSWORD}\0` }, ['password']],
    ['a device name with a control character', { deviceName: 'a\u0007' }, ['deviceName']],
    ['everything wrong at once', { email: '@', password: '', deviceName: '' }, ['email', 'password', 'deviceName']],
  ])('refuses %s without comparing a password', async (_, input, paths) => {
    const { user } = await signUp(gateway);
    const failedBefore = await countEvents(gateway, 'login.failed');

    const answer = await logIn(gateway, { email: user.email, ...input });

    expect(answer).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT' });
    expect(answer.issues?.map((issue) => issue.path)).toEqual(paths.map((path) => [path]));
    expect(await countEvents(gateway, 'login.failed')).toBe(failedBefore);
  });

  it('answers a password of a megabyte before it is read', async () => {
    const { user } = await signUp(gateway);
    const failedBefore = await countEvents(gateway, 'login.failed');

    const answer = await gateway.gql(LOGIN, { input: { email: user.email, password: 'x'.repeat(1_048_576) } });

    expect(answer).toMatchObject({ status: 413, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(await countEvents(gateway, 'login.failed')).toBe(failedBefore);
  });
});

describe('a refused sign-in', () => {
  it('reads the same whether or not there is such an account, and whatever is wrong with it', async () => {
    const known = await signUp(gateway);
    const disabled = await disabledAccount();

    const answers = [
      await attempt(known.user.email, WRONG),
      await attempt(freshEmail(), PASSWORD),
      await attempt(disabled.user.email, PASSWORD),
      await attempt(disabled.user.email, WRONG),
    ];

    for (const answer of answers) expect(answer).toEqual({ ...answers[0], data: { login: REFUSED } });
  });

  it.each([
    ['a wrong password', 'wrong_password', async () => [(await signUp(gateway)).user, WRONG] as const],
    ['a disabled account', 'account_disabled', async () => [(await disabledAccount()).user, PASSWORD] as const],
    ['an account without a password', 'wrong_password', async () => [await accountWithoutPassword(), ''] as const],
  ])('is told to the owner: %s', async (_, reason, prepare) => {
    const [user, password] = await prepare();

    expect(await logIn(gateway, { email: user.email, password: password || WRONG })).toMatchObject(REFUSED);

    const event = (await eventRows(gateway, user.id)).at(-1);
    expect(event).toMatchObject({ type: 'login.failed', severity: 1, session_id: null, details: { reason } });
  });

  it('is written down for an address that nobody has, without the address', async () => {
    const before = await eventRows(gateway, null);

    expect(await logIn(gateway, { email: freshEmail() })).toMatchObject(REFUSED);

    const added = (await eventRows(gateway, null)).slice(before.length);
    expect(added).toMatchObject([{ type: 'login.failed', details: { reason: 'unknown_account' } }]);
    expect(JSON.stringify(added)).not.toContain('example.org');
  });
});

describe('a password hash that was made at another cost', () => {
  const CHEAP = { memoryCost: 1_024, timeCost: 1, parallelism: 1 };

  it('is replaced at the next sign-in, which ends no session', async () => {
    const first = await signUp(gateway);
    await storeHash(first.user.id, hashSync(PASSWORD, CHEAP));

    expect(await logIn(gateway, { email: first.user.email })).toMatchObject({ __typename: 'AuthPayload' });

    expect(await storedHash(first.user.id)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await refreshWith(gateway, first.refreshToken)).toMatchObject({ outcome: 'ROTATED' });
    expect(await logIn(gateway, { email: first.user.email })).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('stays when the password is wrong', async () => {
    const { user } = await signUp(gateway);
    const cheap = hashSync(PASSWORD, CHEAP);
    await storeHash(user.id, cheap);

    expect(await logIn(gateway, { email: user.email, password: WRONG })).toMatchObject(REFUSED);

    expect(await storedHash(user.id)).toBe(cheap);
  });

  it('lets four devices through that get to replace it at the same moment', async () => {
    const { user } = await signUp(gateway);
    await storeHash(user.id, hashSync(PASSWORD, CHEAP));

    const held = { text: 'update users set name = name where id = $1', values: [user.id], waiting: 4 };
    const answers = await commitUnder(gateway.databaseUrl, held, () =>
      Promise.all(['desk', 'phone', 'tablet', 'sofa'].map((deviceName) => attempt(user.email, PASSWORD, deviceName))),
    );

    const accepted = { status: 200, errors: undefined, data: { login: { __typename: 'AuthPayload' } } };
    expect(answers).toEqual([accepted, accepted, accepted, accepted]);
  });
});

describe('a sign-in whose account changes while its password is compared', () => {
  it.each([
    ['is disabled', `update users set status = 'disabled' where id = $1`],
    ['gets another password', 'update users set password_version = password_version + 1 where id = $1'],
  ])('is refused when the account %s', async (_, change) => {
    const { user } = await signUp(gateway);

    const answer = await commitUnder(gateway.databaseUrl, { text: change, values: [user.id] }, () =>
      logIn(gateway, { email: user.email }),
    );

    expect(answer).toEqual(REFUSED);
    expect(await gateway.sql('select from sessions where user_id = $1', [user.id])).toHaveLength(1); // the sign-up's
    expect((await eventRows(gateway, user.id)).at(-1)).toMatchObject({
      type: 'login.failed',
      details: { reason: 'account_changed' },
    });
  });
});

async function attempt(email: string, password: string, deviceName?: string) {
  const { status, data, errors } = await gateway.gql(LOGIN, { input: { email, password, deviceName } });
  return { status, data, errors };
}

async function disabledAccount(): Promise<SignedIn> {
  const signedIn = await signUp(gateway);
  await gateway.sql(`update users set status = 'disabled' where id = $1`, [signedIn.user.id]);
  return signedIn;
}

async function accountWithoutPassword(): Promise<SignedIn['user']> {
  const { user } = await signUp(gateway);
  await gateway.sql('update users set password_hash = null where id = $1', [user.id]);
  return user;
}

async function storeHash(userId: string, hash: string): Promise<void> {
  await gateway.sql('update users set password_hash = $2 where id = $1', [userId, hash]);
}

async function storedHash(userId: string): Promise<string | undefined> {
  const [row] = await gateway.sql<{ password_hash: string }>('select password_hash from users where id = $1', [userId]);
  return row?.password_hash;
}
