import { eventually } from '../support/eventually.js';
import { bearer, PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { lockWaiters } from '../support/open-transaction.js';
import { createTestDatabase, holding, type TestDatabase } from '../support/postgres.js';
import { freshEmail, logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';
import { unsteadyNetwork, type UnsteadyNetwork } from '../support/unsteady-network.js';

const env = {
  FLUXGATE_RATE_LIMIT_SCALE: '1000',
  FLUXGATE_DATABASE_POOL: '2',
  FLUXGATE_DATABASE_QUEUE: '4',
  FLUXGATE_DATABASE_CONNECT_TIMEOUT: '1',
  FLUXGATE_DATABASE_STATEMENT_TIMEOUT: '1',
  FLUXGATE_DATABASE_LOCK_TIMEOUT: '1',
};

const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }';

let database: TestDatabase;
let network: UnsteadyNetwork;
let gateway: Gateway;
let signedIn: SignedIn;
beforeAll(async () => {
  database = await createTestDatabase();
  network = await unsteadyNetwork(database.url);
  gateway = await startGateway({ env, databaseUrl: network.url });
  signedIn = await signUp(gateway);
});
afterAll(async () => {
  await gateway.close();
  await network.close();
  await database.drop();
});

const events = () => gateway.gql('{ securityEvents { nodes { id } } }', {}, bearer(signedIn.accessToken));
const readyStatus = async () => (await fetch(`${gateway.url}/readyz`)).status;

function expectUnavailable({ status, headers, errors }: Answer): void {
  expect(errors?.[0]?.extensions['code']).toBe('UNAVAILABLE');
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('2');
}

describe('a database that is there and answers nothing any more', () => {
  it('costs each request a bounded time, by GraphQL and REST, and no session', async () => {
    network.lose();
    const answers = await Promise.all(Array.from({ length: 12 }, events));
    answers.forEach(expectUnavailable);

    const rest = await fetch(`${gateway.url}/api/auth/me`, { headers: bearer(signedIn.accessToken) });
    expect([rest.status, rest.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await rest.json()).toMatchObject({ error: 'UNAVAILABLE' });
  });

  it('leaves alone what needs none: health, keys, and tokens that are forged', async () => {
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/.well-known/jwks.json`)).status).toBe(200);
    expect((await gateway.gql('{ me { id } }', {}, bearer('forged'))).status).toBe(401);
  });

  it('makes the gateway say that it is not ready, without waiting for what hangs', async () => {
    expect(await readyStatus()).toBe(503);
  });

  it('is used again when it answers, without a restart', async () => {
    network.recover();
    await eventually(readyStatus, (status) => status === 200);
    expect((await events()).status).toBe(200);
    expect(await refreshWith(gateway, signedIn.refreshToken)).toMatchObject({ outcome: 'ROTATED' });
  });
});

describe('more requests than may wait for a connection', () => {
  it('are answered with 503 and when to come again; the others are served', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, events));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(answers.length);
    refused.forEach(expectUnavailable);
    expect(await readyStatus()).toBe(200);
  });
});

describe('a row that somebody holds', () => {
  it('costs who needs it a bounded time, and nobody else anything', async () => {
    const other = await signUp(gateway);
    await holding(database.url, ['select from users where id = $1 for update', [signedIn.user.id]], async () => {
      const waiting = gateway.gql('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
        input: { email: signedIn.user.email, password: PASSWORD },
      });
      await eventually(
        () => lockWaiters(database.url),
        (waiters) => waiters.length > 0,
      );
      expect((await gateway.gql('{ me { id } }', {}, bearer(other.accessToken))).status).toBe(200);
      expectUnavailable(await waiting);
    });
    expect((await logIn(gateway, { email: signedIn.user.email })).__typename).toBe('AuthPayload');
  });

  it('costs no more where it is met as the transaction is written, of which the log repeats nothing', async () => {
    const email = freshEmail();
    const rival = `insert into users (id, email, email_key, name, user_type) values (gen_random_uuid(), $1, $1, 'R', 'client')`;
    await holding(database.url, [rival, [email]], async () => {
      const input = { email, password: PASSWORD, name: 'Ada Lovelace' };
      expectUnavailable(await gateway.gql(SIGNUP, { input }));
    });
    expect(gateway.logLines.join('')).toMatch(/"signup","reason":"canceling statement due to/);
    expect(gateway.logLines.join('')).not.toMatch(new RegExp(`argon2|Lovelace|${email}`));
    expect((await signUp(gateway, { email })).__typename).toBe('AuthPayload');
  });
});
