import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { openNavigator } from '../support/navigation.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { logIn, logInWithProvider, signUp, type SignedIn } from '../support/sign-in.js';

const GOOGLE = 'https://accounts.google.com';

/** Vouches for a few domains. */
let acme: OpenidProvider;
/** Vouches for nobody. */
let partner: OpenidProvider;
/** Calls itself Google. */
let google: OpenidProvider;
let gateway: Gateway;

beforeAll(async () => {
  const port = await freePort();
  acme = await startOpenidProvider([`http://127.0.0.1:${port}/auth/acme/callback`]);
  partner = await startOpenidProvider();
  google = await startOpenidProvider([], '127.0.0.1', GOOGLE);
  const env = {
    FLUXGATE_RATE_LIMIT_SCALE: '1000',
    PORT: String(port),
    ...providerEnv({ acme, partner, google }),
    FLUXGATE_PROVIDER_ACME_EMAIL_DOMAINS: 'Acme.example, bücher.example',
    FLUXGATE_PROVIDER_PARTNER_EMAIL_DOMAINS: 'none',
  };
  // The gateway keeps the network that it finds when it starts: in this one Google is on this machine.
  const network = globalThis.fetch;
  globalThis.fetch = (to, init) => network(typeof to === 'string' ? to.replace(GOOGLE, google.url) : to, init);
  try {
    gateway = await startGateway({ env });
  } finally {
    globalThis.fetch = network;
  }
});
afterAll(async () => {
  await gateway.close();
  await acme.close();
  await partner.close();
  await google.close();
});

type Name = 'acme' | 'partner' | 'google';

const signIn = async (provider: Name, person: Person) =>
  logInWithProvider(gateway, { provider, idToken: await { acme, partner, google }[provider].idToken(person) });
const count = async (table: string) => (await gateway.sql(`select from ${table}`)).length;

let people = 0;
const local = () => `ann-${process.pid}-${people++}`;

/** Refused for its domain: no account is opened, none found. */
async function expectForeign(provider: Name, person: Person): Promise<SignedIn> {
  const before = [await count('users'), await count('identities')];
  const refused = await signIn(provider, person);
  expect(refused).toMatchObject({
    code: 'LOGIN_DENIED',
    message: 'The provider may not vouch for your e-mail address, so it opens no account here.',
  });
  expect([await count('users'), await count('identities')]).toEqual(before);
  const events = await gateway.sql('select type, user_id, details from security_events where id = $1', [
    refused.reference,
  ]);
  const details = { reason: 'email_not_vouched_for', provider };
  expect(events).toEqual([{ type: 'login.failed', user_id: null, details }]);
  return refused;
}

describe('50. an address of a domain that the provider may not vouch for', () => {
  it.each([
    'example.org',
    'www.acme.example', // below one that is listed
    'example',
    'notacme.example',
    'acme.example.org',
    'acme-example.org',
    'xn--bcher-kva.example.org',
    'bucher.example',
  ])('opens no account: %s', async (domain) => {
    const person = somebody({ email: `${local()}@${domain}` });
    if (domain.includes('.')) await expectForeign('acme', person);
    else expect((await signIn('acme', person)).code).toBe('LOGIN_DENIED'); // that is no address at all
  });

  it('links to no account that has verified it', async () => {
    const { user } = await signUp(gateway);
    await gateway.sql('update users set email_verified_at = now() where id = $1', [user.id]);
    await expectForeign('acme', somebody({ email: user.email }));
    await expectForeign('partner', somebody({ email: user.email }));
  });

  it('claims no account that has not, whose password stays', async () => {
    const { user } = await signUp(gateway);
    await expectForeign('acme', somebody({ email: user.email }));
    expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
  });

  it('is refused in a browser too', async () => {
    acme.person = somebody({ email: `${local()}@example.org` });
    const before = await count('users');
    const start = `${gateway.url}/auth/acme/start?return_to=/account`;
    const { url } = await openNavigator().go(start, `${gateway.url}/account`);
    expect(url).toBe(`${gateway.url}/account?error=LOGIN_DENIED`);
    expect(await count('users')).toBe(before);
  });

  it('verifies no account that it is linked to: a stranger’s, who waits inside for the one whose address it is', async () => {
    const victim = somebody({ email: `${local()}@acme.example` });
    const stranger = await signUp(gateway, { email: victim.email });
    const LINK = `mutation ($input: LinkProviderInput!) { linkProvider(input: $input) { __typename } }`;
    const input = { provider: 'partner', idToken: await partner.idToken({ ...victim, sub: 'the stranger’s own' }) };
    const { data } = await gateway.gql(LINK, { input }, bearer(stranger.accessToken));
    expect(data).toEqual({ linkProvider: { __typename: 'LinkProviderPayload' } });

    const owner = await signIn('acme', victim);
    expect(owner.user.id).toBe(stranger.user.id);
    const live = await gateway.sql('select id from sessions where user_id = $1 and revoked_at is null', [
      owner.user.id,
    ]);
    expect(live).toEqual([{ id: owner.session.id }]);
  });

  it('keeps nobody out whose identity is known', async () => {
    const person = somebody({ email: `${local()}@acme.example` });
    const { user } = await signIn('acme', person);
    expect((await signIn('acme', { ...person, email: `${local()}@example.org` })).user).toEqual(user);
  });

  it('is told from one that only looks like it', async () => {
    const victim = somebody({ email: `fi-${local()}@acme.example` });
    const { user } = await signIn('google', { ...victim, hd: 'acme.example' });
    for (const lookalike of ['ﬁ', 'Ｆi', 'fı', 'F\u0130']) {
      const person = somebody({ email: victim.email!.replace('fi', lookalike) });
      expect((await signIn('acme', person)).user?.id).not.toBe(user.id);
    }
    expect(await gateway.sql('select from identities where user_id = $1', [user.id])).toHaveLength(1);
  });
});

describe('50. an address of a domain that is listed', () => {
  it.each(['acme.example', 'ACME.Example', 'bücher.example', 'xn--bcher-kva.example', 'XN--BCHER-KVA.example'])(
    'opens an account: %s',
    async (domain) => {
      const { __typename } = await signIn('acme', somebody({ email: `${local()}@${domain}` }));
      expect(__typename).toBe('AuthPayload');
    },
  );

  it('still is none that the provider has not verified', async () => {
    const person = somebody({ email: `${local()}@acme.example`, email_verified: false });
    expect((await signIn('acme', person)).message).toBe(
      'The provider has not verified your e-mail address, so it opens no account here.',
    );
  });
});

describe('50. Google, which is no authority on mailboxes that it does not host', () => {
  it.each(['gmail.com', 'googlemail.com', 'GMail.com'])('is believed on %s', async (domain) => {
    expect((await signIn('google', somebody({ email: `${local()}@${domain}` }))).__typename).toBe('AuthPayload');
  });

  it('is believed on the members of a Workspace', async () => {
    const person = { ...somebody(), hd: 'example.org' };
    expect((await signIn('google', person)).__typename).toBe('AuthPayload');
  });

  it.each([undefined, '', null, true, ['example.org']])('is not believed on others (hd: %j)', async (hd) => {
    await expectForeign('google', { ...somebody(), hd });
  });

  it('does not let in whoever has a recycled mailbox’s old Google account', async () => {
    const { user } = await signUp(gateway);
    await gateway.sql('update users set email_verified_at = now() where id = $1', [user.id]);
    await expectForeign('google', somebody({ email: user.email }));
  });
});
