import fc from 'fast-check';
import { encode, type RequestParts } from '../http/parts.ts';
import type { Draw } from '../pool.ts';
import { answeredWell, type RequestPlan } from './plan.ts';

type PartsPlan = (draw: Draw) => RequestParts;

const JSON_HEADER = ['content-type', 'application/json'] as const;

function post(target: string, fields: (draw: Draw) => Record<string, unknown>): PartsPlan {
  return (draw) => ({ method: 'POST', target, headers: [JSON_HEADER], body: JSON.stringify(fields(draw)) });
}

function get(target: string, headers: (draw: Draw) => RequestParts['headers'] = () => []): PartsPlan {
  return (draw) => ({ method: 'GET', target, headers: headers(draw) });
}

const bearer = ({ session }: Draw): RequestParts['headers'] => [['authorization', `Bearer ${session.accessToken}`]];
const browser = ({ session, deviceCookie }: Draw): RequestParts['headers'] => [
  ['cookie', `fluxgate_access=${session.accessToken}; fluxgate_device=${deviceCookie}`],
];
const returning = ({ session, deviceCookie }: Draw): RequestParts['headers'] => [
  ['cookie', `fluxgate_refresh=${session.refreshToken}; fluxgate_device=${deviceCookie}`],
  ['sec-fetch-dest', 'document'],
  ['sec-fetch-site', 'same-origin'],
];
const forwarded = (uri: string, proto = 'https', host = 'app.example.com', method = 'GET'): RequestParts['headers'] => [
  ['x-forwarded-method', method],
  ['x-forwarded-proto', proto],
  ['x-forwarded-host', host],
  ['x-forwarded-uri', uri],
];

const REST: readonly PartsPlan[] = [
  post('/api/auth/signup', (draw) => {
    const { email, password } = draw.newAccount();
    return { email, password, name: 'Rest', userType: 'freelancer' };
  }),
  post('/api/auth/login', ({ session: { account } }) => ({ email: account.email, password: account.password })),
  post('/api/auth/google', () => ({ credential: 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA', nonce: null })),
  post('/api/auth/refresh', (draw) => ({ refreshToken: draw.refreshToken() })),
  ...Array.from({ length: 8 }, () => post('/api/auth/refresh', (draw) => ({ refreshToken: draw.refreshToken() }))),
  post('/api/auth/logout', (draw) => ({ refreshToken: draw.refreshToken() })),
  get('/api/auth/sessions', bearer),
  get('/api/auth/me', bearer),
  get('/api/auth/token-info', bearer),
  (draw) => ({ method: 'DELETE', target: `/api/auth/sessions/${draw.otherSessionId(3)}`, headers: bearer(draw) }),
];

const VERIFY: readonly PartsPlan[] = [
  get('/auth/verify', (draw) => [...bearer(draw), ...forwarded('/reports?year=2026')]),
  get('/auth/verify', (draw) => [...browser(draw), ...forwarded('/a%2f..;/b', 'wss', 'APP.example.com:8443', 'HEAD')]),
  get('/auth/verify?roles=admin,owner', bearer),
  get('/auth/verify?roles=a&roles=b', bearer),
  (draw) => ({ method: 'PROPFIND', target: '/auth/verify', headers: [...browser(draw), ['accept', 'text/html']] }),
  get('/auth/verify', () => [['accept', 'text/html'], ...forwarded('//evil.example/x', 'http', 'localhost')]),
  get('/auth/verify', () => forwarded('no-path', 'ftp', '[', '\u007f')),
];

const PAGES: readonly PartsPlan[] = [
  ...['/', '/account', '/explorer', '/graphql', '/healthz', '/readyz', '/favicon.ico', '/robots.txt'].map((target) =>
    get(target, () => [['accept', 'text/html']]),
  ),
  ...['/.well-known/jwks.json', '/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'].map(
    (target) => get(target),
  ),
  get('/auth/continue?return_to=/account', returning),
  get('/auth/continue?return_to=//evil.example&return_to=/x', returning),
  get('/auth/continue?again=1', returning),
  get('/auth/google/start?return_to=/account'),
  get('/auth/acme/callback?state=x&code=y', browser),
  get('/account/assets/..%2f..%2f..%2fetc/passwd'),
  get('/account/assets/%00.js'),
  get('/%ff%fe'),
  get('/api/auth/sessions/%E0%A4%A', bearer),
  (draw) => ({
    method: 'OPTIONS',
    target: '/graphql',
    headers: [['origin', 'https://evil.example'], ...browser(draw)],
  }),
  (draw) => ({ method: 'HEAD', target: '/api/auth/me', headers: bearer(draw) }),
];

/** REST, forward-auth and everything with an address, as somebody calls them who means well, and as nobody does. */
export function httpRequests(): fc.Arbitrary<RequestPlan> {
  return fc.oneof(
    { arbitrary: planned('rest', REST), weight: 3 },
    { arbitrary: planned('verify', VERIFY), weight: 2 },
    { arbitrary: planned('page', PAGES), weight: 2 },
  );
}

function planned(kind: string, plans: readonly PartsPlan[]): fc.Arbitrary<RequestPlan> {
  return fc.tuple(fc.constantFrom(...plans), fc.nat(9_999)).map(([plan, pick]) => (pool) => {
    const draw = pool.draw(pick);
    const parts = plan(draw);
    return {
      kind,
      bytes: encode(parts),
      parts,
      draw,
      isWhole: true,
      mayBeCutOff: false,
      isMeantToSucceed: false,
      hasSucceeded: answeredWell,
    };
  });
}
