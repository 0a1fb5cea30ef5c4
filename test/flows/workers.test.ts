import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import {
  cleanUp,
  databasePid,
  makeDataDir,
  refusedStart,
  spawnFluxgate,
  startFluxgate,
  type FluxgateProcess,
} from '../support/fluxgate-process.js';
import { commitUnder, lockWaiters } from '../support/open-transaction.js';
import { readMetrics, valueOf } from '../support/metrics.js';
import { bearer, freePort, TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';
import { sendRaw } from '../support/raw-http.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';
import { startTraffic } from '../support/traffic.js';
import { aliveOf, logLines, untilGone, workersOf } from '../support/worker-processes.js';

describe('fluxgate serve --workers 2', () => {
  let dataDir: string;
  let metricsPort: number;
  let fluxgate: FluxgateProcess;
  beforeAll(async () => {
    dataDir = await makeDataDir();
    metricsPort = await freePort();
    const env = {
      FLUXGATE_RATE_LIMIT_SCALE: '1',
      FLUXGATE_HASH_QUEUE: '1000',
      FLUXGATE_METRICS_PORT: String(metricsPort),
    };
    fluxgate = await startFluxgate({ dataDir, args: ['serve', '--workers', '2'], env });
  });
  afterAll(cleanUp);

  it('is ready once two processes serve, on the one database that the first one brings', async () => {
    expect(new Set(aliveOf(workersOf(fluxgate))).size).toBe(2);
    expect(await databasePid(dataDir)).not.toBeNull();
  });

  it('has one set of limits: of a hundred sign-ins at once, twenty are looked at', async () => {
    const email = freshEmail();
    const answers = await Promise.all(Array.from({ length: 100 }, () => logIn(fluxgate, { email })));
    expect(answers.filter(({ __typename }) => __typename === 'InvalidCredentials')).toHaveLength(20);
    expect(answers.filter(({ __typename }) => __typename === 'RateLimited')).toHaveLength(80);
  });

  it('has one budget for reading, of which each process takes some ahead', async () => {
    const { accessToken } = await signUp(fluxgate);
    const page = '{ securityEvents(first: 50) { nodes { id type } } }';
    const [points, budget, ahead] = [155, 12_000, 240];
    const answers = await Promise.all(Array.from({ length: 100 }, () => fluxgate.gql(page, {}, bearer(accessToken))));
    const served = points * answers.filter(({ status }) => status === 200).length;
    expect(served).toBeLessThanOrEqual(budget);
    expect(served).toBeGreaterThan(budget - 2 * 2 * ahead - points);
  });

  it('tells the sum of what both have counted', async () => {
    const samples = await readMetrics(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(valueOf(samples, 'fluxgate_limited_total', { policy: 'login.account' })).toBe(80);
    expect(valueOf(samples, 'fluxgate_build_info', {})).toBe(1);
    expect(samples.map(({ name }) => name)).toContain('fluxgate_worker_deaths_total');
  });

  it('refuses a session that has been revoked, whichever process is asked', async () => {
    const { accessToken } = await signUp(fluxgate);
    const headers = `Host: localhost\r\nConnection: close\r\nAuthorization: Bearer ${accessToken}`;
    const statuses = async () => {
      const asked = [1, 2, 3, 4].map(() => sendRaw(fluxgate.url, `GET /api/auth/me HTTP/1.1\r\n${headers}\r\n\r\n`));
      return (await Promise.all(asked)).map(({ status }) => status);
    };
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    await fluxgate.gql('mutation { revoke { __typename } }', {}, bearer(accessToken));
    await eventually(statuses, (seen) => seen.every((status) => status === 401));
  });

  it('takes a Ctrl-C, which reaches every process and twice the first one, for one wish: it drains and ends with 0', async () => {
    for (const pid of workersOf(fluxgate)) process.kill(pid, 'SIGINT');
    fluxgate.signal('SIGINT');
    await fluxgate.says('SIGINT: draining');
    fluxgate.signal('SIGINT');
    expect(await fluxgate.ended).toBe(0);
    expect(await databasePid(dataDir)).toBeNull();
    expect(aliveOf(workersOf(fluxgate))).toEqual([]);
    expect(fluxgate.stderr()).toBe('');
  });
});

describe('workers on a database of one’s own', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  async function options(secret = TEST_SECRET) {
    const env = { DATABASE_URL: database.url, FLUXGATE_SECRET: secret, FLUXGATE_WORKERS: '2' };
    return { dataDir: await makeDataDir(), env };
  }

  /** Asks for a sign-in that waits for as long as `meanwhile` takes. */
  async function logInMeanwhile(fluxgate: FluxgateProcess, meanwhile: () => void): Promise<string> {
    const { user } = await signUp(fluxgate);
    const lock = { text: 'update users set name = name where id = $1', values: [user.id] };
    const signIn = () => logIn(fluxgate, { email: user.email }).then(({ __typename }) => __typename, String);
    return commitUnder(database.url, lock, signIn, meanwhile);
  }

  describe('that die, are replaced and are drained', () => {
    let fluxgate: FluxgateProcess;
    beforeAll(async () => (fluxgate = await startFluxgate(await options())));

    it('are started anew one by one, with a log line and an event', async () => {
      const [victim = 0] = workersOf(fluxgate);
      process.kill(victim, 'SIGKILL');
      await eventually(
        () => Promise.resolve(workersOf(fluxgate)),
        (workers) => workers.length === 3,
      );
      expect(logLines(fluxgate)).toContainEqual(
        expect.objectContaining({ msg: 'a worker has died', workerPid: victim, signal: 'SIGKILL' }),
      );
      expect(
        await query(database.url, `select severity, details from security_events where type = 'worker.died'`),
      ).toEqual([{ severity: 1, details: { pid: victim, exitCode: null, signal: 'SIGKILL' } }]);
    });

    it('are replaced one after the other at SIGHUP, and no request is lost', async () => {
      const old = workersOf(fluxgate);
      const people = await Promise.all(Array.from({ length: 8 }, () => signUp(fluxgate)));
      const tokens = people.map(({ refreshToken }) => refreshToken);
      const traffic = startTraffic([fluxgate.url], tokens);
      await traffic.answers(100);

      fluxgate.signal('SIGHUP');
      await fluxgate.says('all workers are new');
      await traffic.answers(100);

      expect(await traffic.stop()).toEqual([]);
      expect(aliveOf(old)).toEqual([]);
      expect(aliveOf(workersOf(fluxgate))).toHaveLength(2);
    });

    it('answer what is in flight at SIGTERM and take nothing new, and all ends with 0', async () => {
      const answer = await logInMeanwhile(fluxgate, () => fluxgate.signal('SIGTERM'));
      expect(answer).toBe('AuthPayload');
      expect(await fluxgate.ended).toBe(0);
      expect(aliveOf(workersOf(fluxgate))).toEqual([]);
      await expect(sendRaw(fluxgate.url, 'GET /healthz HTTP/1.1\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
    });
  });

  it('end at once at a second SIGTERM, whatever is in flight', async () => {
    const fluxgate = await startFluxgate(await options());
    const { user } = await signUp(fluxgate);
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('update users set name = name where id = $1', [user.id]);
    const answer = logIn(fluxgate, { email: user.email }).catch(String);
    await eventually(
      () => lockWaiters(database.url),
      (waiting) => waiting.length === 1,
    );

    fluxgate.signal('SIGTERM');
    await fluxgate.says('SIGTERM: draining');
    fluxgate.signal('SIGTERM');
    expect(await fluxgate.ended).toBe(1);
    expect(await answer).toBe('TypeError: fetch failed');
    await untilGone(workersOf(fluxgate));
    await holder.end();
  });

  it('do not outlive the process that has forked them', async () => {
    const fluxgate = await startFluxgate(await options());
    fluxgate.signal('SIGKILL');
    await fluxgate.ended;
    await untilGone(workersOf(fluxgate));
  });

  it('leave none behind when SIGTERM comes while they start', async () => {
    const fluxgate = await spawnFluxgate(await options());
    await eventually(
      () => Promise.resolve(workersOf(fluxgate)),
      (workers) => workers.length > 0,
    );
    fluxgate.signal('SIGTERM');
    expect(await fluxgate.ended).toBe(0);
    expect(aliveOf(workersOf(fluxgate))).toEqual([]);
    expect(fluxgate.stderr()).toBe('');
  });

  it('that cannot serve are one sentence, once, and 1', async () => {
    const { code, stdout, stderr } = await refusedStart(await options([...TEST_SECRET].reverse().join('')));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^FLUXGATE_SECRET is not the secret that this database was made with: .*\n$/);
    expect(stdout).not.toContain('fluxgate ready');
  });

  it('that are no number are refused', async () => {
    const { code, stderr } = await refusedStart({ dataDir: await makeDataDir(), args: ['serve', '--workers', 'lots'] });
    expect([code, stderr]).toEqual([1, 'FLUXGATE_WORKERS is "lots": use auto, or a whole number from 1 to 64.\n']);
  });
});
