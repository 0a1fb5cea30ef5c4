import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { freshEmail } from '../support/sign-in.js';

let gateway: Gateway;
let email: string;
let signedUp: Record<string, unknown> & { accessToken: string; refreshToken: string };

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
  email = freshEmail();
  signedUp = (await post('signup', { email, password: PASSWORD, name: 'Ann', userType: 'freelancer' })).body;
});
afterAll(() => gateway.close());

interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: typeof signedUp;
}

async function ask(method: string, path: string, init: RequestInit = {}): Promise<RestAnswer> {
  const response = await fetch(`${gateway.url}/api/auth/${path}`, { method, ...init });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as typeof signedUp,
  };
}

const json = { 'content-type': 'application/json' };
const post = (path: string, body: unknown) => ask('POST', path, { headers: json, body: JSON.stringify(body) });
const own = () => bearer(signedUp.accessToken);
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown;
const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown;
const text = expect.any(String) as unknown;

describe('the shapes that REST clients rely on', () => {
  const user = () => ({ id: uuid, email, name: 'Ann', userType: 'freelancer', createdAt: date });

  it('signs up and in with the auth response', async () => {
    const tokens = { token: text, accessToken: text, refreshToken: text, expiresIn: 900, tokenType: 'Bearer' };
    expect(signedUp).toEqual({ ...tokens, user: user() });
    expect(signedUp['token']).toBe(signedUp.accessToken);

    const login = await post('login', { email, password: PASSWORD });
    expect(login.status).toBe(200);
    expect(login.body).toEqual({ ...tokens, user: user() });
    expect(login.headers.get('cache-control')).toBe('no-store');
    expect(login.headers.get('set-cookie')).toBeNull();
  });

  it('refreshes inside a `data` envelope', async () => {
    const { body } = await post('login', { email, password: PASSWORD });
    const refreshed = await post('refresh', { refreshToken: body.refreshToken });
    expect(refreshed.body).toEqual({
      success: true,
      data: {
        ...{ accessToken: text, token: text, refreshToken: text },
        ...{ expiresIn: 900, tokenType: 'Bearer', activityExtended: true },
      },
    });
  });

  it('lists sessions, with the idle deadline as expiresAt', async () => {
    const { body } = await ask('GET', 'sessions', { headers: own() });
    expect((body['sessions'] as unknown[])[0]).toEqual({
      ...{ id: uuid, deviceName: text, ipAddress: '127.0.0.1', isCurrent: expect.any(Boolean) as unknown },
      ...{ createdAt: date, lastUsedAt: date, expiresAt: date },
    });
  });

  it('tells who is signed in and what the token says', async () => {
    expect((await ask('GET', 'me', { headers: own() })).body).toEqual(user());
    const { body } = await ask('GET', 'token-info', { headers: own() });
    expect(body).toEqual({
      ...{ userId: uuid, email, userType: 'freelancer', issuedAt: date, expiresAt: date },
      timeToExpiry: expect.any(Number) as unknown,
    });
    expect(body['timeToExpiry']).toBeLessThanOrEqual(900);
    expect(body['timeToExpiry']).toBeGreaterThan(800);
  });

  it('ends one session, and all of them, also with a JSON header on a request without a body', async () => {
    const { body } = await post('login', { email, password: PASSWORD });
    const headers = { ...bearer(body.accessToken), ...json };
    const list = (await ask('GET', 'sessions', { headers })).body['sessions'] as { id: string; isCurrent: boolean }[];
    const current = list.find((session) => session.isCurrent);
    expect(await ask('DELETE', `sessions/${current?.id}`, { headers })).toMatchObject({
      status: 200,
      body: { message: text },
    });

    const again = (await post('login', { email, password: PASSWORD })).body;
    const all = await ask('POST', 'logout-all', { headers: { ...bearer(again.accessToken), ...json } });
    expect(all.body).toEqual({ message: text, tokensRevoked: list.length });
    signedUp = (await post('login', { email, password: PASSWORD })).body;
  });
});

describe('refusals', () => {
  it.each([
    ['a missing field', 'login', { email: 'a@example.org' }, 400, 'INVALID_INPUT'],
    ['a field that is no text', 'login', { email: 'a@example.org', password: { $ne: null } }, 400, 'INVALID_INPUT'],
    ['a body that is a list', 'login', ['a@example.org'], 400, 'INVALID_INPUT'],
    [
      'an unknown user type',
      'signup',
      { email: 'a@example.org', password: PASSWORD, name: 'A', userType: 'root' },
      400,
      'INVALID_INPUT',
    ],
    [
      'a role asked for',
      'signup',
      { email: 'a@example.org', password: PASSWORD, name: 'A', roles: ['admin'] },
      400,
      'INVALID_INPUT',
    ],
    [
      'a verified address asked for',
      'signup',
      { email: 'a@example.org', password: PASSWORD, name: 'A', emailVerified: true },
      400,
      'INVALID_INPUT',
    ],
    [
      'an id asked for',
      'signup',
      { email: 'a@example.org', password: PASSWORD, name: 'A', id: 'x' },
      400,
      'INVALID_INPUT',
    ],
    ['a weak password', 'signup', { email: 'a@example.org', password: 'password123', name: 'A' }, 400, 'WEAK_PASSWORD'],
    ['wrong credentials', 'login', { email: 'a@example.org', password: 'wrong' }, 401, 'INVALID_CREDENTIALS'],
    ['a garbage refresh token', 'refresh', { refreshToken: 'garbage' }, 401, 'INVALID_REFRESH_TOKEN'],
    ['a garbage token at sign-out', 'logout', { refreshToken: 'garbage' }, 401, 'INVALID_REFRESH_TOKEN'],
  ])('answers %s with {error, message}', async (_, path, body, status, error) => {
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status, body: { error, message: text } });
    expect(Object.keys(answer.body).sort()).toEqual(['error', 'message']);
  });

  const NEEDED = ['email is required, as text.', 'password is required, as text.'];

  it.each([
    ['nothing', 'login', {}, NEEDED],
    ['no body', 'login', undefined, NEEDED],
    ['a list', 'login', ['a@example.org'], NEEDED],
    ['a number, a text of no characters', 'login', { email: 7, password: '' }, NEEDED],
    ['a list of one text, null', 'login', { email: ['a@example.org'], password: null }, NEEDED],
    ['a nonce that is no text', 'google', { credential: 'x', nonce: 7 }, ['nonce is text.']],
    [
      'what is wrong in every way',
      'signup',
      {
        email: true,
        name: 'Mallory',
        userType: 'root',
        role: 'root',
        emailVerified: null,
        id: 'x',
        status: 0,
        roles: [],
      },
      [
        'email is required, as text.',
        'emailVerified cannot be set here.',
        'id cannot be set here.',
        'password is required, as text.',
        'role cannot be set here.',
        'roles cannot be set here.',
        'status cannot be set here.',
        'userType is client or freelancer.',
      ],
    ],
  ])('says of %s what every field should be, and nothing of what was sent', async (_, path, body, sentences) => {
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status: 400, body: { error: 'INVALID_INPUT' } });
    expect(
      String(answer.body['message'])
        .match(/[^.]+\./g)
        ?.map((sentence) => sentence.trim())
        .sort(),
    ).toEqual(sentences);
  });

  it('ignores fields that an endpoint does not have, and takes null for one that is left out', async () => {
    const fresh = { email: freshEmail(), password: PASSWORD };
    const more = { name: 'Ann', userType: null, deviceName: 'Mine', constructor: 1, locale: 'de' };
    const { status, body } = await post('signup', { ...fresh, ...more });
    expect([status, body['user']]).toMatchObject([200, { name: 'Ann', userType: 'client' }]);
    expect(await post('login', { ...fresh, userType: 'root', nonce: 7 })).toMatchObject({ status: 200 });
    const sessions = await ask('GET', 'sessions', { headers: bearer(body.accessToken) });
    expect(JSON.stringify(sessions.body)).not.toContain('Mine');
  });

  it('answers 409 to an address that is taken', async () => {
    const answer = await post('signup', { email, password: PASSWORD, name: 'Ann' });
    expect(answer).toMatchObject({ status: 409, body: { error: 'EMAIL_TAKEN' } });
  });

  it('answers 404 to a session that is not one of the user, and to an unknown endpoint', async () => {
    const headers = own();
    expect(await ask('DELETE', 'sessions/nonsense', { headers })).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND' },
    });
    expect(await ask('GET', 'nothing-here')).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } });
  });

  it('answers 401 with WWW-Authenticate, naming the error only where a token was presented', async () => {
    const anonymous = await ask('GET', 'me');
    expect(anonymous).toMatchObject({ status: 401, body: { error: 'UNAUTHENTICATED' } });
    expect(anonymous.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate"');
    const forged = await ask('GET', 'me', { headers: bearer('forged') });
    expect(forged.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it.each([
    ['broken JSON', { headers: json, body: '{"email":' }, 400],
    ['a polluting key', { headers: json, body: '{"__proto__":{"admin":true}}' }, 400],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'email=a' }, 415],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
    ['an unknown content type', { headers: { 'content-type': 'application/x-unknown' }, body: 'x' }, 415],
    ['a megabyte', { headers: json, body: JSON.stringify({ password: 'x'.repeat(1_000_000) }) }, 413],
    ['no body at all', {}, 400],
  ])('answers %s with one sentence', async (_, init, status) => {
    expect(await ask('POST', 'login', init)).toMatchObject({ status, body: { error: text, message: text } });
  });

  it('answers 429 with Retry-After beyond the limit', async () => {
    const limited = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.01' } });
    try {
      const send = () =>
        fetch(`${limited.url}/api/auth/login`, {
          method: 'POST',
          headers: json,
          body: JSON.stringify({ email: 'a@example.org', password: 'wrong' }),
        });
      expect((await send()).status).toBe(401);
      const refused = await send();
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ error: 'RATE_LIMITED' });
    } finally {
      await limited.close();
    }
  });

  it('closes sign-up here too', async () => {
    const closed = await startGateway({ env: { FLUXGATE_SIGNUP: 'closed' } });
    try {
      const body = JSON.stringify({ email: freshEmail(), password: PASSWORD, name: 'Ann' });
      const answer = await fetch(`${closed.url}/api/auth/signup`, { method: 'POST', headers: json, body });
      expect([answer.status, await answer.json()]).toMatchObject([403, { error: 'SIGNUP_DISABLED' }]);
    } finally {
      await closed.close();
    }
  });
});

it('neither reads nor sets cookies', async () => {
  const cookie = `fluxgate_refresh=${signedUp.refreshToken}`;
  expect((await ask('POST', 'refresh', { headers: { ...json, cookie }, body: '{}' })).status).toBe(400);
});
