import { eventually } from '../support/eventually.js';
import { bearer, freePort, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { readMetrics, valueOf } from '../support/metrics.js';
import { lockWaiters } from '../support/open-transaction.js';
import { holding } from '../support/postgres.js';
import { sendRaw } from '../support/raw-http.js';
import { signUp, type SignedIn } from '../support/sign-in.js';

const CONNECTIONS = 150;
const PROBES_EACH = 6;
const QUEUE = 4;

let gateway: Gateway;
let metricsUrl: string;
let victim: SignedIn;
beforeAll(async () => {
  const metricsPort = String(await freePort());
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  gateway = await startGateway({
    env: {
      FLUXGATE_DATABASE_POOL: '1',
      FLUXGATE_DATABASE_QUEUE: String(QUEUE),
      FLUXGATE_RATE_LIMIT_SCALE: '1000',
      FLUXGATE_METRICS_PORT: metricsPort,
    },
  });
  victim = await signUp(gateway);
});
afterAll(() => gateway.close());

const waiting = async () => valueOf(await readMetrics(metricsUrl), 'fluxgate_database_waiting', {});

/** As many as a connection takes on each of many, and as many answers. */
async function probeAtOnce(): Promise<readonly string[]> {
  const probe = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n';
  const probes = `${`${probe}\r\n`.repeat(PROBES_EACH - 1)}${probe}Connection: close\r\n\r\n`;
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => sendRaw(gateway.url, probes)));
  return answers.flatMap(({ head, body }) => `${head}\r\n\r\n${body}`.match(/HTTP\/1\.1 \d+/g) ?? []);
}

describe('51. nine hundred who ask at once whether the gateway is ready', () => {
  it('take one place in the queue for a connection: whoever has to have one is served', async () => {
    let probes: Promise<readonly string[]> = Promise.resolve([]);
    let served: Promise<number[]> = Promise.resolve([]);
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
    await holding(gateway.databaseUrl, ['select from users where id = $1 for update', [victim.user.id]], async () => {
      const busy = gateway.gql(login, { input: { email: victim.user.email, password: PASSWORD, delivery: 'BODY' } });
      await eventually(
        () => lockWaiters(gateway.databaseUrl),
        (waiters) => waiters.length > 0,
      );
      probes = probeAtOnce();
      await eventually(waiting, (count) => count > 0);
      const ask = async () => (await gateway.gql('{ sessions { id } }', {}, bearer(victim.accessToken))).status;
      const asked = Promise.all(Array.from({ length: QUEUE - 1 }, ask));
      served = Promise.all([busy, asked]).then(([{ status }, statuses]) => [status, ...statuses]);
      await eventually(waiting, (count) => count > 1);
    });
    expect(await served).toEqual([200, 200, 200, 200]);
    expect(await probes).toEqual(Array.from({ length: CONNECTIONS * PROBES_EACH }, () => 'HTTP/1.1 200'));
  });
});
