import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

let gateway: Gateway;
let signedIn: SignedIn;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
  signedIn = await signUp(gateway);
});
afterAll(() => gateway.close());

const TEXTS = {
  'a NUL': '\0',
  'a NUL within': 'a\0b@example.org',
  'half a character': 'a\ud800b',
  'the other half': '\udc00',
  nothing: '',
  'a nil uuid': '00000000-0000-0000-0000-000000000000',
  'a uuid in braces': '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
  'a uuid with NUL': 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\0',
  'a cursor with NUL': Buffer.from('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\0').toString('base64url'),
  'a long text': 'x'.repeat(20_000),
  'a number of many digits': '9'.repeat(400),
};
const DATES = [
  '9999-12-31T23:59:59-00:01',
  '9999-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59+23:59',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+00:01',
  '-0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '-271821-04-20T00:00:00.000Z',
  '+010000-01-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-11-24T24:00:00Z',
  '2026-11-24T23:59:60Z',
  '',
  '\0',
];

/** A document with one text of the client's in it, as a variable. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'signup email': `mutation ($x: String!) { signup(input: { email: $x, password: "sturdy-otter-battery-9", name: "A", delivery: BODY }) { __typename } }`,
  'signup password': `mutation ($x: String!) { signup(input: { email: "a@example.org", password: $x, name: "", delivery: BODY }) { __typename } }`,
  'signup name': `mutation ($x: String!) { signup(input: { email: "", password: "sturdy-otter-battery-9", name: $x, delivery: BODY }) { __typename } }`,
  'login email': `mutation ($x: String!) { login(input: { email: $x, password: "p", delivery: BODY }) { __typename } }`,
  'login password': `mutation ($x: String!) { login(input: { email: "nobody@example.org", password: $x, delivery: BODY }) { __typename } }`,
  'login deviceName': `mutation ($x: String!) { login(input: { email: "nobody@example.org", password: "p", deviceName: $x, delivery: BODY }) { __typename } }`,
  refreshToken: `mutation ($x: String!) { refresh(input: { refreshToken: $x }) { __typename } }`,
  'revoke sessionId': `mutation ($x: ID!) { revoke(input: { sessionId: $x }) { __typename } }`,
  'revoke refreshToken': `mutation ($x: String!) { revoke(input: { refreshToken: $x }) { __typename } }`,
  'renameDevice deviceId': `mutation ($x: ID!) { renameDevice(deviceId: $x, name: "A") { __typename } }`,
  'renameDevice name': `mutation ($x: String!) { renameDevice(deviceId: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", name: $x) { __typename } }`,
  unlinkProvider: `mutation ($x: ID!) { unlinkProvider(identityId: $x) { __typename } }`,
  'linkProvider provider': `mutation ($x: String!) { linkProvider(input: { provider: $x, idToken: "t" }) { __typename } }`,
  'loginWithProvider provider': `mutation ($x: String!) { loginWithProvider(input: { provider: $x, idToken: "t", delivery: BODY }) { __typename } }`,
  'events after': `query ($x: String!) { securityEvents(after: $x) { nodes { id } } }`,
  'events types': `query ($x: String!) { securityEvents(filter: { types: [$x] }) { nodes { id } } }`,
};

/** Answered with a result or a refusal: never an error of ours. */
async function expectAnswered(document: string, variables: Record<string, unknown>): Promise<void> {
  const { accessToken } = signedIn;
  const { status, errors } = await gateway.gql(document, variables, bearer(accessToken));
  const codes = (errors ?? []).map(({ extensions }) => extensions['code']);
  expect([status < 500, codes.filter((code) => code === 'INTERNAL_SERVER_ERROR' || code === undefined)]).toEqual([
    true,
    [],
  ]);
}

describe('74. odd values in GraphQL', () => {
  it.each(Object.entries(DOCUMENTS))('are answered, never an error of ours: %s', async (_, document) => {
    for (const text of Object.values(TEXTS)) await expectAnswered(document, { x: text });
  });

  it.each(['since', 'until'])('are answered, never an error of ours: the date in %s', async (bound) => {
    for (const date of DATES)
      await expectAnswered(`query ($x: DateTime!) { securityEvents(filter: { ${bound}: $x }) { nodes { id } } }`, {
        x: date,
      });
  });

  it.each([
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+00:01',
    '+010000-01-01T00:00:00Z',
    '-0001-01-01T00:00:00Z',
  ])('are refused: a date that is not in the years 1 to 9999: %s', async (date) => {
    const document = 'query ($x: DateTime!) { securityEvents(filter: { since: $x }) { nodes { id } } }';
    const { status, errors } = await gateway.gql(document, { x: date }, bearer(signedIn.accessToken));
    expect([status, errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it.each([0, -1, -2_147_483_648, 2_147_483_647, 2_147_483_648, 1e300, 0.5, -0])(
    'are refused or cut: first: %d',
    async (first) => {
      await expectAnswered('query ($x: Int!) { securityEvents(first: $x) { nodes { id } } }', { x: first });
    },
  );

  it('leave everything as it was', async () => {
    expect((await logIn(gateway, { email: signedIn.user.email })).__typename).toBe('AuthPayload');
  });
});

const ROUTES: Readonly<Record<string, (text: string) => [path: string, init: RequestInit]>> = {
  'sign-up': (text) => ['/api/auth/signup', json({ email: text, password: text, name: text })],
  'sign-in': (text) => ['/api/auth/login', json({ email: text, password: text })],
  refresh: (text) => ['/api/auth/refresh', json({ refreshToken: text })],
  Google: (text) => ['/api/auth/google', json({ idToken: text, nonce: text })],
  'sessions/ID': (text) => [`/api/auth/sessions/${encodeText(text)}`, { method: 'DELETE' }],
  callback: (text) => [`/auth/google/callback?state=${encodeText(text)}&code=${encodeText(text)}`, {}],
  start: (text) => [`/auth/google/start?return_to=${encodeText(text)}`, {}],
  verify: (text) => [`/auth/verify?roles=${encodeText(text)}`, {}],
  continue: (text) => [`/auth/continue?return_to=${encodeText(text)}`, {}],
};
const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
/** As bytes, where it is no text that can be encoded. */
const encodeText = (text: string) => encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '').slice(0, 2_000));

describe('74. odd values over HTTP', () => {
  it.each(Object.entries(ROUTES))('are answered, never an error of ours: %s', async (_, request) => {
    for (const text of [...Object.values(TEXTS), ...DATES]) {
      const [path, init] = request(text);
      const headers = { ...(init.headers as object), ...bearer(signedIn.accessToken) };
      const { status } = await fetch(`${gateway.url}${path}`, { ...init, headers, redirect: 'manual' });
      expect(status).toBeLessThan(500);
    }
  });
});
