import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import {
  cleanUp,
  makeDataDir,
  spawnFluxgate,
  startFluxgate,
  type FluxgateProcess,
} from '../support/fluxgate-process.js';
import { bearer, TEST_SECRET } from '../support/gateway.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, holding, query, type TestDatabase } from '../support/postgres.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';
import { startTraffic, type Traffic } from '../support/traffic.js';

const CLIENTS = 8;
const SOME_ANSWERS = 100;

let database: TestDatabase;
let one: FluxgateProcess;
let two: FluxgateProcess;
let traffic: Traffic;

async function options(port?: number) {
  const env = {
    DATABASE_URL: database.url,
    FLUXGATE_SECRET: TEST_SECRET,
    FLUXGATE_PUBLIC_URL: 'http://localhost:4000',
  };
  return { dataDir: await makeDataDir(), env, ...(port !== undefined && { port }) };
}

interface Readiness {
  readonly status: number | undefined;
  readonly body: unknown;
}

/** Asks on one connection, which it keeps: once SIGTERM has come there is no other. */
function readinessOf({ url }: FluxgateProcess, agent: Agent): () => Promise<Readiness> {
  return async () => {
    const [answer] = (await once(get(`${url}/readyz`, { agent }), 'response')) as [IncomingMessage];
    return { status: answer.statusCode, body: await json(answer) };
  };
}

/** What a gateway that may not be there yet says first to somebody with this token. */
async function firstStatus({ url }: FluxgateProcess, { accessToken }: SignedIn): Promise<number> {
  const ask = () =>
    fetch(`${url}/api/auth/me`, { headers: bearer(accessToken) }).then(
      ({ status }) => status,
      () => 0,
    );
  return eventually(ask, (status) => status !== 0);
}

/** Who waits for a row that another transaction has changed: no refresh of the traffic does. */
const rowWaiters = () =>
  query(
    database.url,
    `select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'`,
  );

const revoke = (gateway: FluxgateProcess, { accessToken }: SignedIn) =>
  gateway.gql('mutation { revoke { __typename } }', {}, bearer(accessToken));

beforeAll(async () => {
  database = await createTestDatabase();
  [one, two] = await Promise.all([startFluxgate(await options()), startFluxgate(await options())]);
  const people = await Promise.all(Array.from({ length: CLIENTS }, () => signUp(one)));
  traffic = startTraffic(
    [one.url, two.url],
    people.map(({ refreshToken }) => refreshToken),
  );
  await traffic.answers(SOME_ANSWERS, one.url);
});
afterAll(async () => {
  await traffic.stop();
  await cleanUp();
  await database.drop();
});

describe('two gateways, one of which is restarted under load', () => {
  it('lose nothing: the one is no longer ready, answers what it has accepted and ends with 0, and the other goes on', async () => {
    const { user } = await signUp(two);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const readiness = readinessOf(one, agent);
    expect(await readiness()).toMatchObject({ status: 200 });
    let signIn: Promise<SignedIn> | undefined;
    await holding(database.url, ['update users set name = name where id = $1', [user.id]], async () => {
      signIn = logIn(one, { email: user.email });
      await eventually(rowWaiters, (waiting) => waiting.length === 1);
      one.signal('SIGTERM');
      let last = await readiness();
      while (last.status === 200) last = await readiness();
      expect(last).toEqual({ status: 503, body: expect.objectContaining({ status: 'draining' }) });
      await traffic.answers(SOME_ANSWERS, two.url);
    });
    expect(await signIn).toMatchObject({ __typename: 'AuthPayload' });
    expect(await one.ended).toBe(0);
    agent.destroy();
    await traffic.answers(SOME_ANSWERS, two.url);
  });

  it('refuse at the one, from its first answer on, what was revoked at the other while it was away', async () => {
    const [before, meanwhile, living] = await Promise.all([signUp(two), signUp(two), signUp(two)]);
    await revoke(two, before);
    one = await spawnFluxgate(await options(one.port));
    await revoke(two, meanwhile);
    expect(await Promise.all([before, meanwhile, living].map((person) => firstStatus(one, person)))).toEqual([
      401, 401, 200,
    ]);
    await traffic.answers(SOME_ANSWERS, one.url);
    expect(await traffic.stop()).toEqual([]);
  });
});
