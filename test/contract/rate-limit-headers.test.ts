import { randomUUID } from 'node:crypto';
import { openBrowser } from '../support/browser.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMITS: 'session.end=2/3600,account.write=2/3600' } });
});
afterAll(() => gateway.close());

/** Asks, and returns the headers of the answer. */
type Ask = (what: {
  readonly rest: [method: string, path: string, body?: object];
  readonly graphql: string;
}) => Promise<Headers>;

const PROTOCOLS: readonly (readonly [name: string, as: (accessToken?: string) => Ask])[] = [
  [
    'GraphQL',
    (token) =>
      async ({ graphql }) =>
        (await gateway.gql(graphql, {}, token ? bearer(token) : {})).headers,
  ],
  [
    'REST',
    (token) =>
      async ({ rest: [method, path, body] }) => {
        const headers = { ...(token && bearer(token)), ...(body && { 'content-type': 'application/json' }) };
        const answer = await fetch(`${gateway.url}/api/auth/${path}`, {
          method,
          headers,
          ...(body && { body: JSON.stringify(body) }),
        });
        await answer.arrayBuffer();
        return answer.headers;
      },
  ],
];

const told = (headers: Headers) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];
const NOTHING = [null, null];

function input(fields: object): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `input: { ${pairs.join(', ')} }`;
}

describe.each(PROTOCOLS)('an answer by %s', (_name, as) => {
  it('tells a reader how many points are left, fewer each time', async () => {
    const ask = as((await signUp(gateway, {})).accessToken);
    const left: number[] = [];
    for (let reads = 0; reads < 2; reads += 1) {
      const [policy, limit] = told(await ask({ rest: ['GET', 'me'], graphql: '{ me { id } }' }));
      expect(policy).toBe('"read.user";q=12000;w=60');
      expect(limit).toMatch(/^"read\.user";r=119\d\d;t=\d+$/);
      left.push(Number(/r=(\d+)/.exec(limit ?? '')?.[1]));
    }
    expect(left[1]).toBeLessThan(left[0]!);
  });

  it('tells whoever is refused that none is left', async () => {
    const { accessToken } = await signUp(gateway, {});
    const id = randomUUID();
    const end = {
      rest: ['DELETE', `sessions/${id}`] as [string, string],
      graphql: `mutation { revoke(input: { sessionId: "${id}" }) { __typename } }`,
    };
    const limits: (string | null)[] = [];
    for (let ends = 0; ends < 3; ends += 1) limits.push((await as(accessToken)(end)).get('ratelimit'));
    expect(limits.map((limit) => /r=\d+/.exec(limit ?? '')?.[0])).toEqual(['r=1', 'r=0', 'r=0']);
  });

  it('tells of sign-ups by the address', async () => {
    const account = { email: freshEmail(), password: PASSWORD, name: 'Ann' };
    const graphql = `mutation { signup(${input(account)}) { __typename } }`;
    const [policy, limit] = told(await as()({ rest: ['POST', 'signup', account], graphql }));
    expect(policy).toBe('"signup.ip";q=30;w=600');
    expect(limit).toMatch(/^"signup\.ip";r=\d+;t=\d+$/);
  });

  it('tells nothing of a refused sign-in: neither whether there is such an account nor whose device it is', async () => {
    const { user } = await signUp(gateway, {});
    for (const email of [user.email, freshEmail()]) {
      const wrong = { email, password: 'sturdy-otter-battery-8' };
      const graphql = `mutation { login(${input(wrong)}) { __typename } }`;
      expect(told(await as()({ rest: ['POST', 'login', wrong], graphql }))).toEqual(NOTHING);
    }
  });
});

describe('an answer', () => {
  it('tells of the tightest of the limits that it has spent', async () => {
    const { accessToken } = await signUp(gateway, {});
    const rename = `mutation { renameDevice(deviceId: "${randomUUID()}", name: "x") { __typename } }`;
    const { headers } = await gateway.gql(rename, {}, bearer(accessToken));
    expect(told(headers)).toEqual([
      '"account.write";q=2;w=3600',
      expect.stringMatching(/^"account\.write";r=1;t=3\d{3}$/),
    ]);
  });

  it('tells nothing of a sign-in with a device cookie, of a known device or another', async () => {
    const browser = openBrowser(gateway);
    const { user } = await signUp(browser, { delivery: 'COOKIE' });
    const cookie = `fluxgate_device=${browser.cookies.get('fluxgate_device')}`;
    const stranger = await signUp(gateway, {});
    for (const email of [user.email, stranger.user.email, freshEmail()]) {
      const graphql = `mutation { login(${input({ email, password: 'sturdy-otter-battery-8' })}) { __typename } }`;
      expect(told((await gateway.gql(graphql, {}, { cookie })).headers)).toEqual(NOTHING);
    }
    expect((await logIn(gateway, { email: user.email }, { cookie })).__typename).toBe('AuthPayload');
  });

  it('tells nothing where nothing was spent', async () => {
    expect(told((await fetch(`${gateway.url}/.well-known/jwks.json`)).headers)).toEqual(NOTHING);
  });
});
