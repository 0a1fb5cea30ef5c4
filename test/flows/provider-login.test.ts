import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { eventRows, eventTypes } from '../support/security-event-rows.js';
import { freshEmail, logIn, logInWithProvider, refreshWith, signUp } from '../support/sign-in.js';

let google: OpenidProvider;
let acme: OpenidProvider;
let gateway: Gateway;

beforeAll(async () => {
  [google, acme] = [await startOpenidProvider(), await startOpenidProvider()];
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ google, acme }) };
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
  await acme.close();
});

const signIn = async (person: Person, input: object = {}) =>
  logInWithProvider(gateway, { idToken: await google.idToken(person), ...input });
const userRow = async (id: string) =>
  (await gateway.sql<Record<string, unknown>>('select * from users where id = $1', [id]))[0];

describe('a sign-in with a provider', () => {
  it('opens an account, with the name and the verified address that the provider tells', async () => {
    const person = somebody();
    const { user, session, isNewDevice } = await signIn(person, { userType: 'FREELANCER', deviceName: 'Phone' });
    expect([user.email, session.device.name, isNewDevice]).toEqual([person.email, 'Phone', true]);
    expect(await userRow(user.id)).toMatchObject({
      name: 'Ann of Acme',
      user_type: 'freelancer',
      roles: [],
      password_hash: null,
      email_verified_at: expect.any(Date),
    });
    const events = await eventRows(gateway, user.id);
    expect(events.map(({ type }) => type).sort()).toEqual(['device.added', 'identity.linked', 'signup.succeeded']);
    expect(events.find(({ type }) => type === 'signup.succeeded')?.details).toMatchObject({ provider: 'google' });
  });

  it('finds the account again by issuer and subject, whatever the address is by now', async () => {
    const person = somebody();
    const first = await signIn(person);
    const again = await signIn({ ...person, email: freshEmail(), email_verified: false });
    expect(again.user).toEqual(first.user);
    expect((await eventTypes(gateway, first.user.id)).at(-1)).toBe('login.succeeded');
  });

  it('gives tokens that work like any other, and cookies where they are wanted', async () => {
    const signedIn = await signIn(somebody());
    expect((await refreshWith(gateway, signedIn.refreshToken)).outcome).toBe('ROTATED');
    const document = `mutation ($input: ProviderLoginInput!) { loginWithProvider(input: $input) {
      ... on AuthPayload { accessToken refreshToken } } }`;
    const idToken = await google.idToken(somebody());
    const { data, headers } = await gateway.gql<Record<string, Record<string, unknown>>>(document, {
      input: { idToken },
    });
    expect(data['loginWithProvider']).toEqual({ accessToken: expect.any(String), refreshToken: null });
    expect(headers.getSetCookie().map((cookie) => cookie.split('=', 1)[0])).toContain('fluxgate_refresh');
  });

  it('links to the account that has verified the same address', async () => {
    const { user } = await signUp(gateway);
    await gateway.sql('update users set email_verified_at = now() where id = $1', [user.id]);
    const linked = await signIn(somebody({ email: user.email.toUpperCase() }));
    expect(linked.user.id).toBe(user.id);
    expect(await eventTypes(gateway, user.id)).toEqual(expect.arrayContaining(['identity.linked', 'login.succeeded']));
    expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
  });

  it('takes the name before the @ where the provider tells none that can be one', async () => {
    const { user } = await signIn(somebody({ email: `ann-${randomUUID()}@example.org`, name: '\u200b' }));
    expect((await userRow(user.id))?.['name']).toMatch(/^ann-/);
  });

  it('opens one account for ten sign-ins of one person at once', async () => {
    const person = somebody();
    const tokens = await Promise.all(Array.from({ length: 10 }, () => google.idToken(person)));
    const answers = await Promise.all(tokens.map((idToken) => logInWithProvider(gateway, { idToken })));
    expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
    expect(await gateway.sql('select from identities where subject = $1', [person.sub])).toHaveLength(1);
  });

  it('is one account with a sign-up by password that comes at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const person = somebody();
      const [byProvider] = await Promise.all([signIn(person), signUp(gateway, { email: person.email })]);
      expect(byProvider.__typename).toBe('AuthPayload');
      expect(await gateway.sql('select from users where email = $1', [person.email])).toHaveLength(1);
    }
  });

  it('is told in authConfig', async () => {
    expect((await gateway.gql('{ authConfig { providers } }')).data).toEqual({
      authConfig: { providers: ['google', 'acme'] },
    });
  });
});

describe('a sign-in with a provider is refused', () => {
  it('to a disabled account, with a reference to the event that says why', async () => {
    const person = somebody();
    const { user } = await signIn(person);
    await gateway.sql(`update users set status = 'disabled' where id = $1`, [user.id]);
    const refused = await signIn(person);
    expect(refused).toMatchObject({ __typename: 'LoginDenied', code: 'LOGIN_DENIED' });
    const [event] = await gateway.sql('select * from security_events where id = $1', [refused.reference]);
    expect(event).toMatchObject({
      type: 'login.failed',
      user_id: user.id,
      details: { reason: 'account_disabled', provider: 'google' },
    });
  });

  it('to an administrator’s account that is found by its address alone', async () => {
    const { user } = await signUp(gateway);
    await gateway.sql(`update users set roles = '{support}' where id = $1`, [user.id]);
    expect((await signIn(somebody({ email: user.email }))).message).toBe(
      'Sign in as before, and link this provider to your account first.',
    );
    expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
  });

  it('as an administrator, and from a provider that there is not', async () => {
    const idToken = await google.idToken(somebody());
    for (const input of [{ userType: 'ADMIN' }, { provider: 'other' }, { provider: '' }, { deviceName: ' ' }]) {
      const refused = await logInWithProvider(gateway, { idToken, ...input });
      expect([refused.code, refused.issues?.length]).toEqual(['INVALID_INPUT', 1]);
    }
  });

  it('to a stranger while sign-up is closed, and not to those who are known', async () => {
    const person = somebody();
    await signIn(person);
    const env = { FLUXGATE_SIGNUP: 'closed', ...providerEnv({ google }) };
    const closed = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const known = await logInWithProvider(closed, { idToken: await google.idToken(person) });
      expect(known.__typename).toBe('AuthPayload');
      const stranger = await logInWithProvider(closed, { idToken: await google.idToken(somebody()) });
      expect([stranger.code, stranger.message]).toEqual([
        'LOGIN_DENIED',
        'Sign-up is closed, and no account here belongs to this sign-in.',
      ]);
    } finally {
      await closed.close();
    }
  });

  it('beyond the limits of sign-ins, which failed passwords for the same address do not use up', async () => {
    const limited = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.1', ...providerEnv({ google }) } });
    try {
      const person = somebody();
      for (let attempt = 0; attempt < 3; attempt++)
        await logIn(limited, { email: person.email, password: `wrong ${attempt}` });
      const outcomes = [];
      for (let attempt = 0; attempt < 3; attempt++)
        outcomes.push((await logInWithProvider(limited, { idToken: await google.idToken(person) })).__typename);
      expect(outcomes).toEqual(['AuthPayload', 'AuthPayload', 'RateLimited']);
    } finally {
      await limited.close();
    }
  });
});

describe('a provider whose keys change', () => {
  it('is followed, and a token of a key that it has given up is refused', async () => {
    const rotating = await startOpenidProvider();
    const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ rotating }) };
    const node = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    const attempt = async (idToken: string) => (await logInWithProvider(node, { provider: 'rotating', idToken })).code;
    try {
      expect(await attempt(await rotating.idToken(somebody()))).toBeUndefined();
      const old = await rotating.idToken(somebody());
      await rotating.rotateKeys();
      const fresh = await rotating.idToken(somebody());
      await eventually(
        () => attempt(fresh),
        (code) => code === undefined,
      );
      expect(await attempt(old)).toBe('INVALID_CREDENTIALS');
      expect(rotating.requests.filter((path) => path === '/jwks')).toHaveLength(2);
    } finally {
      await node.close();
      await rotating.close();
    }
  });
});

describe('a provider that is down', () => {
  it.each(['silent', 503] as const)('(%s) is 503 with Retry-After, and is not asked again at once', async (trouble) => {
    const down = await startOpenidProvider();
    down.trouble = trouble;
    const node = await startGateway({ env: providerEnv({ down }), databaseUrl: gateway.databaseUrl });
    const document = `mutation ($input: ProviderLoginInput!) { loginWithProvider(input: $input) { __typename } }`;
    const idToken = await down.idToken(somebody());
    const attempt = () => node.gql(document, { input: { provider: 'down', idToken } });
    try {
      const [first, second] = await Promise.all([attempt(), attempt()]);
      const third = await attempt();
      for (const { status, headers, errors } of [first, second, third])
        expect([status, headers.get('retry-after'), errors?.[0]?.extensions['code']]).toEqual([
          503,
          '5',
          'UNAVAILABLE',
        ]);
      expect(down.requests).toHaveLength(1);
      expect(node.logLines.some((line) => line.includes('a provider was not reached'))).toBe(true);
    } finally {
      await node.close();
      await down.close();
    }
  });
});

describe('POST /api/auth/google', () => {
  const post = async (body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gateway.url}/api/auth/google`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('answers as a sign-in does', async () => {
    const person = somebody();
    const { status, body } = await post({ credential: await google.idToken(person), userType: 'freelancer' });
    expect([status, Object.keys(body).sort()]).toEqual([
      200,
      ['accessToken', 'expiresIn', 'refreshToken', 'token', 'tokenType', 'user'],
    ]);
    expect(body['user']).toMatchObject({ email: person.email, name: 'Ann of Acme', userType: 'freelancer' });
    const me = await fetch(`${gateway.url}/api/auth/me`, { headers: bearer(String(body['accessToken'])) });
    expect(me.status).toBe(200);
  });

  it.each([
    [{}, 400, 'INVALID_INPUT'],
    [{ credential: 5 }, 400, 'INVALID_INPUT'],
    [{ credential: 'x', nonce: 5 }, 400, 'INVALID_INPUT'],
    [{ credential: 'x', userType: 'admin' }, 400, 'INVALID_INPUT'],
    [{ credential: 'x', roles: ['admin'] }, 400, 'INVALID_INPUT'],
    [{ credential: 'x' }, 401, 'INVALID_CREDENTIALS'],
    [{ credential: PASSWORD, nonce: 'y' }, 401, 'INVALID_CREDENTIALS'],
  ])('refuses %j with %i', async (body, status, error) => {
    expect(await post(body)).toEqual({ status, body: { error, message: expect.any(String) } });
  });

  it('refuses with 403 whom the provider proves and no account takes', async () => {
    const credential = await google.idToken(somebody({ email_verified: false }));
    expect(await post({ credential })).toMatchObject({ status: 403, body: { error: 'LOGIN_DENIED' } });
  });
});
