import { eventually } from '../support/eventually.js';
import { expectSentence } from '../support/expect-sentence.js';
import { runCommand, type CommandEnd } from '../support/fluxgate-command.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { eventRows } from '../support/security-event-rows.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

const LAST = 'This is the last account with the role admin: give the role to another one first.';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

function users(...args: readonly string[]): Promise<CommandEnd> {
  return runCommand(['users', ...args], { databaseUrl: gateway.databaseUrl });
}

async function rolesOf(userId: string): Promise<string[] | undefined> {
  const [row] = await gateway.sql<{ roles: string[] }>('select roles from users where id = $1', [userId]);
  return row?.roles;
}

it('the last administrator keeps the role and the account, until another one has it', async () => {
  const [{ user: ann }, { user: bob }] = [await signUp(gateway), await signUp(gateway)];
  expect((await users('set-roles', ann.email, 'admin', 'support')).stdout).toMatch(
    /^Roles: admin, support; before: none\./,
  );
  expect(await rolesOf(ann.id)).toEqual(['admin', 'support']);
  expectSentence(await users('set-roles', ann.email, 'support'), LAST);
  expectSentence(await users('delete', ann.email, '--yes'), LAST);
  expect(await rolesOf(ann.id)).toEqual(['admin', 'support']);

  await users('set-roles', bob.id, 'admin');
  expect(JSON.parse((await users('set-roles', ann.email, '--none', '--json')).stdout)).toEqual({
    roles: [],
    before: ['admin', 'support'],
  });
  expect((await eventRows(gateway, ann.id)).at(-1)).toMatchObject({
    type: 'user.roles_changed',
    details: { from: ['admin', 'support'], to: [] },
  });
});

it('an account that is deleted is signed out everywhere, and nothing but its events is left', async () => {
  const { user, ...first } = await signUp(gateway);
  const second = await logIn(gateway, { email: user.email });
  expectSentence(
    await users('delete', user.email),
    '`fluxgate users delete` erases the account with its devices, sessions and identities for good; its events stay until they are old. Add --yes.',
  );
  expect(await users('delete', user.email, '--yes')).toEqual({
    code: 0,
    stdout: 'Erased the account, 2 sessions, 1 device, 0 linked sign-ins and 0 imported tokens; its events stay.\n',
    stderr: '',
  });
  for (const { accessToken, refreshToken } of [first, second]) {
    await eventually(
      async () => (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status,
      (status) => status === 401,
    );
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({ __typename: 'InvalidRefreshToken' });
  }
  expect(await logIn(gateway, { email: user.email })).toMatchObject({ __typename: 'InvalidCredentials' });
  for (const table of ['sessions', 'devices', 'identities'])
    expect(await gateway.sql(`select from ${table} where user_id = $1`, [user.id])).toEqual([]);
  expect((await eventRows(gateway, user.id)).at(-1)).toMatchObject({ type: 'user.deleted', details: { sessions: 2 } });
  expect(await signUp(gateway, { email: user.email })).toMatchObject({ __typename: 'AuthPayload' });
});

it('roles that are none, and no roles at all, are refused', async () => {
  const { user } = await signUp(gateway);
  expectSentence(await users('set-roles', user.id, 'Admin!'), 'roles: A role is lower-case letters, digits, - and _.');
  expectSentence(await users('set-roles', user.id), 'Name the roles, or say --none.');
  expect(await rolesOf(user.id)).toEqual([]);
});
