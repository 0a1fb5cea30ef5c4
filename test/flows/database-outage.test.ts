import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { eventually } from '../support/eventually.js';
import { bearer, PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { eventTypes } from '../support/security-event-rows.js';
import { freshEmail, logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const REFRESH = `mutation ($token: String!) { refresh(input: { refreshToken: $token }) {
  __typename ... on RefreshPayload { refreshToken } } }`;

let gateway: Gateway;
let signedIn: SignedIn;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
  signedIn = await signUp(gateway);
});
afterAll(() => gateway.close());

async function ready(): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gateway.url}/readyz`);
  return { status: response.status, body: await response.json() };
}

function expectUnavailable({ status, headers, errors }: Answer): void {
  expect(errors?.[0]).toMatchObject({
    message: 'The server is busy. Try again in a moment.',
    extensions: { code: 'UNAVAILABLE' },
  });
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('2');
}

describe('with its database', () => {
  it('the gateway is ready', async () => {
    expect(await ready()).toEqual({ status: 200, body: { status: 'ready', database: true, revocations: true } });
  });
});

describe('without its database', () => {
  beforeAll(() => takeDatabaseAway(gateway));
  afterAll(() => giveDatabaseBack(gateway));

  it('the gateway is alive and not ready', async () => {
    const { body } = await eventually(ready, ({ status }) => status === 503);
    expect(body).toMatchObject({ status: 'not ready', database: false });
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  it.each([
    ['sign-up', 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }', { name: 'A' }],
    ['sign-in', 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {}],
  ])('answers %s with 503 and when to come again', async (_, document, more) => {
    expectUnavailable(await gateway.gql(document, { input: { email: freshEmail(), password: PASSWORD, ...more } }));
  });

  it.each([
    ['the user', '{ me { id } }'],
    ['the session', '{ session { id } }'],
    ['the sessions', '{ sessions { id } }'],
    ['the events', '{ securityEvents { nodes { id } } }'],
    ['a revocation', 'mutation { revoke { __typename } }'],
    ['every revocation', 'mutation { revokeAll { __typename } }'],
  ])('answers who asks for %s with 503 and when to come again', async (_, document) => {
    expectUnavailable(await gateway.gql(document, {}, bearer(signedIn.accessToken)));
  });

  it('answers each of 32 refreshes at once with 503, and ends no session', async () => {
    const variables = { token: signedIn.refreshToken };
    const answers = await Promise.all(Array.from({ length: 32 }, () => gateway.gql(REFRESH, variables)));
    for (const answer of answers) {
      expectUnavailable(answer);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  it('still answers what needs no database', async () => {
    expect((await gateway.gql('{ me { id } authConfig { passwordMinLength } }')).status).toBe(200);
    expect((await fetch(`${gateway.url}/.well-known/jwks.json`)).status).toBe(200);
    expect((await gateway.gql('{ me { id } }', {}, bearer('forged'))).status).toBe(401);
    expect((await refreshWith(gateway, 'fgr_forged')).code).toBe('INVALID_REFRESH_TOKEN');
  });

  it('logs no token and no password of those whom it sends away', () => {
    const log = gateway.logLines.join('');
    for (const secret of [signedIn.refreshToken, signedIn.accessToken, PASSWORD]) expect(log).not.toContain(secret);
  });
});

describe('with its database back', () => {
  it('the gateway is ready again by itself', async () => {
    await eventually(ready, ({ status }) => status === 200);
  });

  it('has lost no session', async () => {
    expect(await refreshWith(gateway, signedIn.refreshToken)).toMatchObject({ outcome: 'ROTATED' });
    expect((await logIn(gateway, { email: signedIn.user.email })).__typename).toBe('AuthPayload');
    expect(await eventTypes(gateway, signedIn.user.id)).not.toContain('refresh.reused');
  });

  it('loses no refresh that was in flight when the database went: repeated, it is answered', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => signUp(gateway)));
    const ask = (user: SignedIn) => gateway.gql<{ refresh: unknown }>(REFRESH, { token: user.refreshToken });
    const inFlight = Promise.all(users.map(ask));
    await takeDatabaseAway(gateway);
    for (const { status } of await inFlight) expect([200, 503]).toContain(status);

    await giveDatabaseBack(gateway);
    await eventually(ready, ({ status }) => status === 200);
    for (const user of users) expect((await ask(user)).data.refresh).toMatchObject({ __typename: 'RefreshPayload' });
  });
});
