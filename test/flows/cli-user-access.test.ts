import { commitUnder, lockWaiters } from '../support/open-transaction.js';
import { eventually } from '../support/eventually.js';
import { expectSentence } from '../support/expect-sentence.js';
import { runCommand, type CommandEnd } from '../support/fluxgate-command.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { eventTypes } from '../support/security-event-rows.js';
import { sessionRow } from '../support/session-rows.js';
import { freshEmail, logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const NEW_PASSWORD = 'quiet-heron-lantern-4';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

function users(args: readonly string[], stdin = ''): Promise<CommandEnd> {
  return runCommand(['users', ...args], { databaseUrl: gateway.databaseUrl, stdin });
}

/** One user, signed in twice, whose access tokens the gateway has just taken. */
async function signInTwice(): Promise<[SignedIn, SignedIn]> {
  const first = await signUp(gateway);
  const both: [SignedIn, SignedIn] = [first, await logIn(gateway, { email: first.user.email })];
  expect(await Promise.all(both.map(statusWith))).toEqual([200, 200]);
  return both;
}

async function statusWith({ accessToken }: SignedIn): Promise<number> {
  return (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

async function expectEnded(signedIn: readonly SignedIn[], reason: string): Promise<void> {
  for (const { refreshToken, session } of signedIn) {
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({ __typename: 'SessionEnded', reason });
    expect(await sessionRow(gateway, session.id)).toMatchObject({ revoke_reason: reason });
  }
  for (const each of signedIn)
    await eventually(
      () => statusWith(each),
      (status) => status === 401,
    );
}

/** Starts the second once the first waits for a lock; both wait behind the user's row, in that order. */
async function queueBehindUser<A, B>(
  userId: string,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<[A, B]> {
  const row = { text: 'select 1 from users where id = $1 for update', values: [userId] };
  return commitUnder(gateway.databaseUrl, { ...row, waiting: 2 }, async () => {
    const one = first();
    await eventually(
      () => lockWaiters(gateway.databaseUrl),
      (waiters) => waiters.length === 1,
    );
    return Promise.all([one, second()]);
  });
}

describe('users set-password', () => {
  it('ends every session of the user, refresh tokens at once and access tokens within a second', async () => {
    const bystander = await signUp(gateway);
    const signedIn = await signInTwice();
    const end = await users(['set-password', signedIn[0].user.email], `${NEW_PASSWORD}\n`);
    expect(end).toEqual({ code: 0, stdout: 'The password is set; 2 sessions ended.\n', stderr: '' });
    await expectEnded(signedIn, 'PASSWORD_CHANGED');
    expect(await statusWith(bystander)).toBe(200);
  });

  it('makes the new password the one that signs in, and the old one wrong', async () => {
    const { user } = await signUp(gateway);
    await users(['set-password', user.id], NEW_PASSWORD);
    expect((await logIn(gateway, { email: user.email })).__typename).toBe('InvalidCredentials');
    expect((await logIn(gateway, { email: user.email, password: NEW_PASSWORD })).__typename).toBe('AuthPayload');
  });

  it('leaves an event for the change and one for each session', async () => {
    const [{ user }] = await signInTwice();
    const before = await eventTypes(gateway, user.id);
    await users(['set-password', user.email], NEW_PASSWORD);
    expect((await eventTypes(gateway, user.id)).slice(before.length)).toEqual([
      'password.changed',
      'session.revoked',
      'session.revoked',
    ]);
  });

  it('says as JSON how many sessions ended', async () => {
    const { user } = await signUp(gateway);
    const { stdout } = await users(['set-password', user.email, '--json'], NEW_PASSWORD);
    expect(JSON.parse(stdout)).toEqual({ sessionsEnded: 1 });
  });

  it.each([
    ['a weak password', 'password1', 'This password is in lists that attackers try first.'],
    ['none', '', 'No password was given: type one, or send one line on standard input.'],
  ])('refuses %s, and ends nothing', async (_, password, sentence) => {
    const { user, ...signedIn } = await signUp(gateway);
    expectSentence(await users(['set-password', user.email], password), sentence);
    expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
    expect((await refreshWith(gateway, signedIn.refreshToken)).outcome).toBe('ROTATED');
  });

  it('lets no sign-in with the old password land that comes at the same moment and waits for it', async () => {
    const { user } = await signUp(gateway);
    const [end, late] = await queueBehindUser(
      user.id,
      () => users(['set-password', user.email], NEW_PASSWORD),
      () => logIn(gateway, { email: user.email, password: PASSWORD }),
    );
    expect([end.code, late.__typename]).toEqual([0, 'InvalidCredentials']);
    expect(await gateway.sql('select from sessions where user_id = $1 and revoked_at is null', [user.id])).toEqual([]);
  });

  it('ends one that comes just before it', async () => {
    const { user } = await signUp(gateway);
    const [early] = await queueBehindUser(
      user.id,
      () => logIn(gateway, { email: user.email, password: PASSWORD }),
      () => users(['set-password', user.email], NEW_PASSWORD),
    );
    expect(early.__typename).toBe('AuthPayload');
    await expectEnded([early], 'PASSWORD_CHANGED');
  });
});

describe('users disable', () => {
  it('ends every session of the user and refuses to sign in, until it is enabled again', async () => {
    const bystander = await signUp(gateway);
    const signedIn = await signInTwice();
    const { email } = signedIn[0].user;
    expect((await users(['disable', email])).stdout).toBe('Disabled; 2 sessions ended.\n');
    await expectEnded(signedIn, 'ACCOUNT_DISABLED');
    expect((await logIn(gateway, { email })).__typename).toBe('InvalidCredentials');
    expect(await statusWith(bystander)).toBe(200);

    expect((await users(['enable', email])).stdout).toBe('Enabled.\n');
    expect(await statusWith(await logIn(gateway, { email }))).toBe(200);
    await expectEnded(signedIn, 'ACCOUNT_DISABLED');
    expect(await eventTypes(gateway, signedIn[0].user.id)).toEqual(
      expect.arrayContaining(['user.disabled', 'session.revoked', 'user.enabled']),
    );
  });

  it('is done twice without harm', async () => {
    const { user } = await signUp(gateway);
    await users(['disable', user.id]);
    expect(JSON.parse((await users(['disable', user.id, '--json'])).stdout)).toEqual({ sessionsEnded: 0 });
    expect(JSON.parse((await users(['enable', user.id, '--json'])).stdout)).toEqual({ enabled: true });
  });
});

describe('an account that is not there', () => {
  it.each([
    ['set-password', freshEmail()],
    ['disable', '0198c0de-0000-7000-8000-0000000000ff'],
    ['enable', 'nobody'],
  ])('is one sentence to users %s', async (command, who) => {
    expectSentence(await users([command, who], NEW_PASSWORD), `There is no account ${who}.`);
  });
});
