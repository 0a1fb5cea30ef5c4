import { randomUUID } from 'node:crypto';
import { LIMIT_NAMES, type LimitName } from '../../src/domain/rate-limit/policies.js';
import { openBrowser } from '../support/browser.js';
import { bearer, freePort, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { oldRefreshToken } from '../support/imported-tokens.js';
import { openNavigator } from '../support/navigation.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { freshEmail, logIn, signUp, type SignedIn } from '../support/sign-in.js';
import { graphqlClient, restClient, type Client } from './protocols.js';

/** Asked again and again, until a limit of so few points refuses it. */
const MOST_ASKED = 12;

type Ask = () => Promise<string>;

interface Door {
  readonly name: string;
  /** What it spends, each with as many points as the first time takes. */
  readonly limits: Partial<Record<LimitName, number>>;
  /** A browser comes back from the provider: the gateway has an address of its own. */
  readonly hasOwnUrl?: true;
  /** Whoever is to ask is there already. */
  readonly open: (gateway: Gateway) => Promise<Ask> | Ask;
}

let google: OpenidProvider;
let base: Gateway;
const ports = new Map<LimitName, number>();

beforeAll(async () => {
  for (const name of LIMIT_NAMES) ports.set(name, await freePort());
  google = await startOpenidProvider(
    [...ports.values()].map((port) => `http://127.0.0.1:${port}/auth/google/callback`),
  );
  base = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});
afterAll(async () => {
  await base.close();
  await google.close();
});

const outcome = async (reply: Promise<{ readonly outcome: string }>) => (await reply).outcome;

/** A mutation of somebody who is signed in. */
const mutation = (document: () => Promise<string> | string) => async (gateway: Gateway) => {
  const { accessToken } = await signUp(base);
  return async () => {
    const text = `mutation { answer: ${await document()} { __typename ... on Error { code } } }`;
    const { data } = await gateway.gql<{ answer: { code?: string } }>(text, {}, bearer(accessToken));
    return data.answer.code ?? 'ok';
  };
};

function query(document: string, viewer: () => Promise<Pick<SignedIn, 'accessToken'> | null>) {
  return async (gateway: Gateway) => {
    const signedIn = await viewer();
    const headers = signedIn ? bearer(signedIn.accessToken) : {};
    return async () => {
      const { errors } = await gateway.gql(document, {}, headers);
      return errors ? String(errors[0]?.extensions['code']) : 'ok';
    };
  };
}

/** Of both protocols. */
function doorsOf(protocol: string, clientOf: (gateway: Gateway) => Client): Door[] {
  const named = (name: string, limits: Door['limits'], open: (client: Client) => Promise<Ask> | Ask): Door => ({
    name: `${protocol} ${name}`,
    limits,
    open: (gateway) => open(clientOf(gateway)),
  });
  return [
    named(
      'sign-up',
      { 'signup.ip': 1 },
      (client) => () => outcome(client.signup({ email: freshEmail(), password: PASSWORD, name: 'Ann' })),
    ),
    named('sign-in', { 'login.ip': 1, 'login.account': 1 }, async (client) => {
      const { user } = await signUp(base);
      return () => outcome(client.login({ email: user.email, password: PASSWORD }));
    }),
    named('sign-in with a provider', { 'login.ip': 1, 'login.account': 1 }, (client) => {
      const person = somebody();
      return async () => outcome(client.google(await google.idToken(person)));
    }),
    named('refresh', { 'refresh.session': 1 }, async (client) => {
      const { refreshToken } = await signUp(base);
      return () => outcome(client.refresh(refreshToken));
    }),
    named(
      'refresh with an imported token',
      { 'refresh.imported': 1 },
      (client) => () => outcome(client.refresh(oldRefreshToken())),
    ),
    named(
      'sign-out with an imported token',
      { 'refresh.imported': 1 },
      (client) => () => outcome(client.logout(oldRefreshToken())),
    ),
    named('sign-out', { 'session.end': 1 }, async (client) => {
      const { refreshToken } = await signUp(base);
      return () => outcome(client.logout(refreshToken));
    }),
    named('end of a session', { 'session.end': 1 }, async (client) => {
      const { accessToken } = await signUp(base);
      return () => outcome(client.endSession(accessToken, randomUUID()));
    }),
    named('end of all sessions', { 'session.end': 1 }, async (client) => {
      const { accessToken } = await signUp(base);
      let asked = 0; // once it has succeeded nobody is signed in who could ask again
      return () =>
        outcome(asked++ === 0 ? client.endSession(accessToken, randomUUID()) : client.logoutAll(accessToken));
    }),
    named('me', { 'read.user': 12 }, async (client) => {
      const { accessToken } = await signUp(base);
      return () => outcome(client.me(accessToken));
    }),
    named('sessions', { 'read.user': 400 }, async (client) => {
      const { accessToken } = await signUp(base);
      return async () => (await client.sessions(accessToken)).outcome;
    }),
  ];
}

const DOORS: readonly Door[] = [
  ...doorsOf('GraphQL', graphqlClient),
  ...doorsOf('REST', restClient),
  {
    name: 'GraphQL sign-in from a known device',
    limits: { 'login.known_ip': 1, 'login.known_device': 1 },
    async open(gateway) {
      const browser = openBrowser(base);
      const { user } = await signUp(browser, { delivery: 'COOKIE' });
      const cookie = `fluxgate_device=${browser.cookies.get('fluxgate_device')}`;
      return async () => (await logIn(gateway, { email: user.email }, { cookie })).code ?? 'ok';
    },
  },
  {
    name: 'a provider’s callback in a browser',
    limits: { 'login.ip': 1, 'login.account': 1 },
    hasOwnUrl: true,
    open(gateway) {
      google.person = somebody();
      return Promise.resolve(async () => {
        const { url } = await openNavigator().go(`${gateway.url}/auth/google/start`);
        return new URL(url).searchParams.get('error') ?? 'ok';
      });
    },
  },
  { name: 'GraphQL revokeOthers', limits: { 'session.end': 1 }, open: mutation(() => 'revokeOthers') },
  {
    name: 'GraphQL renameDevice',
    limits: { 'session.write': 1, 'account.write': 1 },
    open: mutation(() => `renameDevice(deviceId: "${randomUUID()}", name: "x")`),
  },
  {
    name: 'GraphQL linkProvider',
    limits: { 'session.write': 1, 'account.write': 1 },
    open: mutation(async () => `linkProvider(input: { idToken: "${await google.idToken(somebody())}" })`),
  },
  {
    name: 'GraphQL unlinkProvider',
    limits: { 'session.write': 1, 'account.write': 1 },
    open: mutation(() => `unlinkProvider(identityId: "${randomUUID()}")`),
  },
  {
    name: 'GraphQL securityEvents',
    limits: { 'read.user': 100 },
    open: query('{ securityEvents { nodes { id type } } }', () => signUp(base)),
  },
  {
    name: 'GraphQL that asks as nobody',
    limits: { 'read.ip': 12 },
    open: query('{ authConfig { signupEnabled passwordMinLength } }', () => Promise.resolve(null)),
  },
];

/** None refuses anybody by it. */
const OF_NO_DOOR: readonly LimitName[] = ['attempt.told'];

describe.each(LIMIT_NAMES.filter((limit) => !OF_NO_DOOR.includes(limit)))('the limit %s', (limit) => {
  const doors = DOORS.filter(({ limits }) => limit in limits);

  it('is spent somewhere', () => expect(doors).not.toHaveLength(0));

  it.each(doors)('holds at the door: $name', async ({ limits, hasOwnUrl, open }) => {
    const env = {
      FLUXGATE_RATE_LIMIT_SCALE: '1000',
      FLUXGATE_RATE_LIMITS: `${limit}=${limits[limit]}/3600`,
      FLUXGATE_PUBLIC_URL: hasOwnUrl ? '' : base.url, // one issuer: whoever signed in there is signed in here
      PORT: String(ports.get(limit)),
    };
    const gateway = await startGateway({ env: { ...env, ...providerEnv({ google }) }, databaseUrl: base.databaseUrl });
    try {
      const ask = await open(gateway);
      const outcomes = [await ask()];
      while (outcomes.at(-1) !== 'RATE_LIMITED' && outcomes.length < MOST_ASKED) outcomes.push(await ask());
      expect(outcomes[0]).not.toBe('RATE_LIMITED');
      expect(outcomes.at(-1)).toBe('RATE_LIMITED');
    } finally {
      await gateway.close();
    }
  });
});
