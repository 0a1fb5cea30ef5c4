import { startEchoApplication, type EchoApplication, type Reached } from '../support/echo-application.js';
import { eventually } from '../support/eventually.js';
import { bearer, freePort, startGateway, type Gateway } from '../support/gateway.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { sendRaw } from '../support/raw-http.js';
import { sessionRow } from '../support/session-rows.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

let origin: string;
let application: EchoApplication;
let gateway: Gateway;
let nginx: Nginx;
let ann: SignedIn;
let admin: SignedIn;

beforeAll(async () => {
  const listen = await freePort();
  origin = `http://localhost:${listen}`;
  application = await startEchoApplication();
  gateway = await startGateway({
    env: {
      FLUXGATE_PUBLIC_URL: origin,
      FLUXGATE_TRUSTED_PROXIES: '127.0.0.1',
      FLUXGATE_FORWARD_AUTH_AUDIENCE: 'behind',
      FLUXGATE_RATE_LIMIT_SCALE: '1000',
    },
  });
  nginx = await startNginx({ listen, gateway: Number(new URL(gateway.url).port), application: application.port });
  ann = await signUp(gateway);
  const { user } = await signUp(gateway);
  await gateway.sql(`UPDATE users SET roles = '{admin}' WHERE id = $1`, [user.id]);
  admin = await logIn(gateway, { email: user.email });
});
beforeEach(() => void application.reached.splice(0));
afterAll(async () => {
  await nginx?.stop();
  await gateway?.close();
  await application?.close();
});

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(origin + path, { method, headers, redirect: 'manual' });
}

/** Every header that any framework might read as one of ours: name, value. */
function identityOf({ rawHeaders }: Reached): (readonly [string, string])[] {
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && /^x[-_]fluxgate[-_]/i.test(name) ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as const] : [],
  );
}

const NAMES = ['User', 'Session', 'Roles', 'Token'];
/** The ways to spell a header that something on the way might read as ours. */
const SPOOFED = NAMES.flatMap((name) => [
  `X-Fluxgate-${name}: forged`,
  `x-fluxgate-${name.toLowerCase()}: forged again`,
  `X_Fluxgate_${name}: forged`,
  `X-Fluxgate_${name}: forged`,
  `X-Fluxgate-${name}:`,
]);

async function spoof(path: string, headers: readonly string[] = [], method = 'GET'): Promise<number> {
  const host = headers.some((header) => header.startsWith('Host:')) ? [] : [`Host: ${new URL(origin).host}`];
  const lines = [`${method} ${path} HTTP/1.1`, ...host, ...headers, 'Connection: close'];
  return (await sendRaw(origin, `${lines.join('\r\n')}\r\n\r\n`)).status;
}

describe('the shipped nginx configuration', () => {
  it('is well-formed, without a warning', () => {
    expect(nginx.verdict).toMatch(/syntax is ok/);
    expect(nginx.verdict).toMatch(/test is successful/);
    expect(nginx.verdict).not.toMatch(/\[(warn|error|emerg)\]/);
  });

  it.each([
    ['a bearer token', () => bearer(ann.accessToken)],
    ['the access cookie', () => ({ cookie: `fluxgate_access=${ann.accessToken}` })],
  ])('lets a request with %s through, and says whose it is', async (_, credential) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await ask('/reports?year=2026', credential(), method);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain(`Hello, ${ann.user.id}`);
    }
    for (const [at, request] of application.reached.entries()) {
      expect(request).toMatchObject({ method: ['GET', 'POST', 'DELETE'][at], url: '/reports?year=2026' });
      expect(identityOf(request).sort()).toEqual([
        ['x-fluxgate-session', ann.session.id],
        ['x-fluxgate-token', expect.stringMatching(/^eyJ/)],
        ['x-fluxgate-user', ann.user.id],
      ]);
    }
  });

  it('asks for a role where one is required', async () => {
    expect((await ask('/admin/', bearer(ann.accessToken))).status).toBe(403);
    expect((await ask('/admin/?roles=user', bearer(ann.accessToken))).status).toBe(403);
    expect(application.reached).toEqual([]);
    expect((await ask('/admin/', bearer(admin.accessToken))).status).toBe(200);
    expect(application.reached[0]?.headers).toMatchObject({ 'x-fluxgate-roles': 'admin' });
  });

  it('tells a program that it is not signed in, in the words of RFC 6750', async () => {
    for (const [headers, challenge] of [
      [{}, 'Bearer realm="fluxgate"'],
      [bearer('nonsense'), 'Bearer realm="fluxgate", error="invalid_token"'],
    ] as const) {
      const answer = await ask('/reports', { ...headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe(challenge);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(application.reached).toEqual([]);
  });

  it('sends a page on by way of the gateway, to come back', async () => {
    const answer = await ask('/reports?year=2026&q=a+b', { accept: 'text/html' });
    expect(answer.status).toBe(303);
    const target = encodeURIComponent(`${origin}/reports?year=2026&q=a+b`);
    expect(answer.headers.get('location')).toBe(`${origin}/auth/continue?return_to=${target}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(application.reached).toEqual([]);
  });

  it('keeps the question to itself', async () => {
    for (const path of ['/auth/verify', '/auth//verify', '/_fluxgate/verify', '/_fluxgate/verify-admin'])
      expect([path, (await ask(path, bearer(ann.accessToken))).status]).toEqual([path, 404]);
    expect(application.reached).toEqual([]);
  });

  it('passes the gateway through: a sign-in, its own address, who the client is', async () => {
    const answer = await ask('/graphql', { 'content-type': 'application/json' }, 'POST');
    expect(answer.status).toBe(400);
    expect((await ask('/.well-known/jwks.json')).status).toBe(200);
    expect((await ask('/readyz', { accept: 'application/json' })).status).toBe(401); // an address of the application's
  });
});

describe('an identity that a client makes up', () => {
  it.each([
    ['nobody', '/public/x', () => [], 200],
    ['somebody', '/public/x', () => [`Authorization: Bearer ${ann.accessToken}`], 200],
    ['nobody', '/reports', () => [], 401],
    ['somebody without the role', '/admin/', () => [`Authorization: Bearer ${ann.accessToken}`], 403],
  ])('never reaches the application: %s at %s', async (_, path, credential, status) => {
    for (const header of SPOOFED)
      expect([header, await spoof(path, [...credential(), header])]).toEqual([header, status]);
    expect(await spoof(path, [...credential(), ...SPOOFED])).toBe(status);
    expect(application.reached).toHaveLength(status === 200 ? SPOOFED.length + 1 : 0);
    expect(application.reached.flatMap(identityOf)).toEqual([]);
  });

  it('is replaced by the one that is proven, also where the client calls the header a hop-by-hop one', async () => {
    const credential = `Authorization: Bearer ${ann.accessToken}`;
    const hopByHop = 'Connection: close, X-Fluxgate-User, X-Fluxgate-Roles';
    for (const headers of [...SPOOFED.map((header) => [header]), SPOOFED, [hopByHop, ...SPOOFED]])
      expect(await spoof('/reports', [credential, ...headers])).toBe(200);
    for (const request of application.reached)
      expect(identityOf(request).sort()).toEqual([
        ['x-fluxgate-session', ann.session.id],
        ['x-fluxgate-token', expect.stringMatching(/^eyJ/)],
        ['x-fluxgate-user', ann.user.id],
      ]);
  });

  it('in a header that is none ends the request', async () => {
    expect(await spoof('/public/x', ['X-Fluxgate-User : forged'])).toBe(400);
  });

  it.each([['//reports'], ['/%61dmin/'], ['/Public/x']])('is no way around: %s', async (path) => {
    expect(await spoof(path, SPOOFED)).toBe(401);
    expect(application.reached).toEqual([]);
  });
});

describe('what the gateway cannot answer', () => {
  it.each([
    ['a method that is none', 'M1', '/reports', [], 400],
    ['a port that is none', 'GET', '/reports', ['Host: localhost:99999'], 400],
    ['a proxy in the middle', 'GET', '/reports', ['X-Forwarded-Host: a, b', 'X-Forwarded-Proto: gopher'], 401],
    ['an address in full', 'GET', 'http://elsewhere.example/reports', [], 401],
  ])('is no failure: %s', async (_, method, path, headers, status) => {
    expect(await spoof(path, headers, method)).toBe(status);
    expect(application.reached).toEqual([]);
  });

  it('lets nobody through while the gateway is away', async () => {
    const listen = await freePort();
    const alone = await startNginx({ listen, gateway: await freePort(), application: application.port });
    try {
      const answer = await fetch(`http://localhost:${listen}/reports`, { headers: bearer(ann.accessToken) });
      expect(answer.status).toBe(503);
      expect(application.reached).toEqual([]);
    } finally {
      await alone.stop();
    }
  });
});

describe('14. an expired access token and a refresh cookie, behind nginx', () => {
  it('are refused, and the refresh token is not spent', async () => {
    const brief = await startGateway({
      databaseUrl: gateway.databaseUrl,
      env: { FLUXGATE_PUBLIC_URL: origin, FLUXGATE_ACCESS_TTL: '1' },
    });
    try {
      const { accessToken, refreshToken, session } = await logIn(brief, { email: ann.user.email });
      const cookie = `fluxgate_access=${accessToken}; fluxgate_refresh=${refreshToken}`;
      await eventually(
        () => ask('/reports', { cookie }),
        ({ status }) => status === 401,
      );
      expect((await ask('/reports', { cookie, accept: 'text/html' })).status).toBe(303);
      expect(await sessionRow(gateway, session.id)).toMatchObject({ refresh_counter: '0', revoked_at: null });
    } finally {
      await brief.close();
    }
  });
});
