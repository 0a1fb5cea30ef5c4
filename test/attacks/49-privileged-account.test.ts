import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { openNavigator } from '../support/navigation.js';
import { commitUnder } from '../support/open-transaction.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { eventRows } from '../support/security-event-rows.js';
import { logIn, logInWithProvider, signUp, type SignedIn } from '../support/sign-in.js';

let google: OpenidProvider;
/** A second provider, which its operator is no administrator through. */
let acme: OpenidProvider;
let gateway: Gateway;

beforeAll(async () => {
  const port = await freePort();
  google = await startOpenidProvider();
  acme = await startOpenidProvider([`http://127.0.0.1:${port}/auth/acme/callback`]);
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', PORT: String(port), ...providerEnv({ google, acme }) };
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
  await acme.close();
});

/** Somebody with a password who may do more than others, or whose address somebody has proven. */
async function signUpAs(change: string): Promise<SignedIn> {
  const signedUp = await signUp(gateway);
  await gateway.sql(`update users set ${change} where id = $1`, [signedUp.user.id]);
  return signedUp;
}

/** One refusal, and nothing else has happened to the account. */
async function expectLeftAlone({ user, session }: SignedIn): Promise<void> {
  expect(await gateway.sql('select from identities where user_id = $1', [user.id])).toEqual([]);
  const events = await eventRows(gateway, user.id);
  expect(events.map(({ type }) => type).filter((type) => !/^(signup|device)\./.test(type))).toEqual(['login.failed']);
  expect(events.at(-1)?.details).toMatchObject({ reason: 'privileged_account' });
  const live = await gateway.sql('select id from sessions where user_id = $1 and revoked_at is null', [user.id]);
  expect(live).toEqual([{ id: session.id }]);
  expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
}

const privileged = {
  'has a role': `roles = '{admin}'`,
  'has a role, and a verified address': `roles = '{support}', email_verified_at = now()`,
  'is an administrator’s': `user_type = 'admin'`,
  'is an administrator’s, with a verified address': `user_type = 'admin', roles = '{admin}', email_verified_at = now()`,
};

describe('49. an account that may do more than others', () => {
  describe.each(Object.entries(privileged))('(it %s)', (_, change) => {
    it.each(['google', 'acme'] as const)(
      'is neither linked nor claimed by its address, as %s says it',
      async (name) => {
        const admin = await signUpAs(change);
        const person = somebody({ email: admin.user.email });
        const idToken = await { google, acme }[name].idToken(person);
        const refused = await logInWithProvider(gateway, { provider: name, idToken });
        expect(refused).toMatchObject({ __typename: 'LoginDenied', code: 'LOGIN_DENIED' });
        expect((await eventRows(gateway, admin.user.id)).at(-1)?.id).toBe(refused.reference);
        await expectLeftAlone(admin);
      },
    );
  });

  it('is not entered through a browser or REST either', async () => {
    const admin = await signUpAs(`roles = '{admin}', email_verified_at = now()`);
    acme.person = somebody({ email: admin.user.email });
    const start = `${gateway.url}/auth/acme/start?return_to=/account`;
    const { url } = await openNavigator().go(start, `${gateway.url}/account`);
    expect(url).toBe(`${gateway.url}/account?error=LOGIN_DENIED`);
    await expectLeftAlone(admin);

    const other = await signUpAs(`roles = '{admin}', email_verified_at = now()`);
    const answer = await fetch(`${gateway.url}/api/auth/google`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ credential: await google.idToken(somebody({ email: other.user.email })) }),
    });
    expect(answer.status).toBe(403);
    await expectLeftAlone(other);
  });

  it('is not entered by a sign-in at the moment in which it gets its role', async () => {
    const admin = await signUpAs('email_verified_at = now()');
    const idToken = await acme.idToken(somebody({ email: admin.user.email }));
    const granting = { text: `update users set roles = '{admin}' where id = $1`, values: [admin.user.id] };
    const refused = await commitUnder(gateway.databaseUrl, granting, () =>
      logInWithProvider(gateway, { provider: 'acme', idToken }),
    );
    expect(refused.code).toBe('LOGIN_DENIED');
    await expectLeftAlone(admin);
  });

  it('is entered with the provider that its owner has linked while signed in', async () => {
    const admin = await signUpAs(`roles = '{admin}', email_verified_at = now()`);
    const person = somebody({ email: admin.user.email });
    const LINK = `mutation ($input: LinkProviderInput!) { linkProvider(input: $input) { __typename } }`;
    const input = { provider: 'acme', idToken: await acme.idToken(person) };
    const { data } = await gateway.gql(LINK, { input }, bearer(admin.accessToken));
    expect(data).toEqual({ linkProvider: { __typename: 'LinkProviderPayload' } });
    const again = await logInWithProvider(gateway, { provider: 'acme', idToken: await acme.idToken(person) });
    expect(again.user).toEqual(admin.user);
  });
});
