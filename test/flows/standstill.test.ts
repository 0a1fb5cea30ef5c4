import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { DEFAULT_LIMITS } from '../../src/storage/connection.js';
import { openOrm } from '../../src/storage/orm.js';
import { sql as run, statement } from '../../src/storage/sql.js';
import { watchForStandstill } from '../../src/storage/standstill.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, makeDataDir, startFluxgate, type FluxgateProcess } from '../support/fluxgate-process.js';
import { TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { logIn, signUp } from '../support/sign-in.js';
import { unsteadyNetwork, type UnsteadyNetwork } from '../support/unsteady-network.js';

const SELECT_ONE = statement('a-test', 'select 1');

const PLACES = 2;

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()));
afterAll(async () => {
  await cleanUp();
  await database.drop();
});

describe('a watch over a pool', () => {
  const PATIENCE_MS = 3_000; // longer than a connection may be silent
  const limits = {
    ...DEFAULT_LIMITS,
    databasePoolConnections: PLACES,
    databaseConnectTimeoutSeconds: 1,
    databaseStatementTimeoutSeconds: 1,
  };

  let network: UnsteadyNetwork;
  let orm: MikroORM;
  let alarms = 0;
  beforeAll(async () => {
    network = await unsteadyNetwork(database.url);
    orm = await openOrm(network.url, limits);
    watchForStandstill(await orm.em.getConnection().getNativeClient(), PLACES, PATIENCE_MS, () => (alarms += 1));
  });
  afterAll(async () => {
    await orm.close(true);
    await network.close();
  });

  const transaction = () => orm.em.fork().transactional((tx) => run(tx, SELECT_ONE));
  const transactions = () => Promise.allSettled(Array.from({ length: 3 * PLACES }, transaction));

  it('is quiet while the database hangs, for several times as long as its patience', async () => {
    await transactions();
    network.lose();
    for (let round = 1; round <= 8; round += 1) {
      const outcomes = await transactions(); // a second each, the least time that one waits for a connection
      expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'rejected'));
    }
    expect(alarms).toBe(0);
  });

  it('is quiet when it is back', async () => {
    network.recover();
    await eventually(transactions, (outcomes) => outcomes.every(({ status }) => status === 'fulfilled'));
    expect(alarms).toBe(0);
  });

  it('gives the alarm once when clients are not given back and somebody waits', async () => {
    const pool = await orm.em.getConnection().getNativeClient();
    const leaked = await Promise.all(Array.from({ length: PLACES }, () => pool.connect()));
    await eventually(
      async () => {
        await Promise.all(leaked.map((client) => client.query('select 1'))); // or they would be cut for their silence
        void transaction().catch(() => undefined);
        return alarms;
      },
      (count) => count > 0,
    );
    expect(alarms).toBe(1);
    for (const client of leaked) client.release();
    await transaction();
  });
});

describe('a gateway whose connections are all taken and never given back', () => {
  async function start(workers: number): Promise<FluxgateProcess> {
    return startFluxgate({
      dataDir: await makeDataDir(),
      env: {
        DATABASE_URL: database.url,
        FLUXGATE_SECRET: TEST_SECRET,
        FLUXGATE_DATABASE_POOL: String(PLACES),
        FLUXGATE_DATABASE_CONNECT_TIMEOUT: '1',
        FLUXGATE_DATABASE_STATEMENT_TIMEOUT: '1',
        FLUXGATE_WORKERS: String(workers),
        NODE_OPTIONS: `--import ${new URL('../support/leaking-pool.mjs', import.meta.url).href}`,
      },
    });
  }

  const logged = (fluxgate: FluxgateProcess) =>
    fluxgate
      .stdout()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { level: string; msg: string; pid: number; workerPid?: number });
  const workersOf = (fluxgate: FluxgateProcess) =>
    logged(fluxgate).flatMap(({ msg, workerPid }) => (msg === 'a worker serves' ? [workerPid!] : []));

  /** Some ask, all the time, each on a connection of its own: one alone would always meet the same worker. */
  async function askUntil(fluxgate: FluxgateProcess, isOver: () => boolean): Promise<void> {
    const ask = () => fetch(`${fluxgate.url}/readyz`).catch(() => nextTurn());
    while (!isOver()) await Promise.all([ask(), ask(), ask(), ask()]);
  }

  it('says so and ends, with an exit code that has it started again', async () => {
    const fluxgate = await start(1);
    let code: number | NodeJS.Signals | undefined;
    void fluxgate.ended.then((ended) => (code = ended));
    await signUp(fluxgate);
    fluxgate.signal('SIGUSR2');
    await askUntil(fluxgate, () => code !== undefined);
    expect(code).toBe(1);
    expect(logged(fluxgate).at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringMatching(/^all connections of the pool are taken, requests wait, and none has come back/),
    });
  });

  it('is replaced where it is one of several workers, and sign-ins go on', async () => {
    const fluxgate = await start(2);
    const { user } = await signUp(fluxgate);
    const [victim = 0] = workersOf(fluxgate);
    process.kill(victim, 'SIGUSR2');
    await askUntil(fluxgate, () => workersOf(fluxgate).length > 2);
    expect(logged(fluxgate)).toContainEqual(
      expect.objectContaining({ msg: 'a worker has died', workerPid: victim, exitCode: 1 }),
    );
    for (let time = 1; time <= 4; time += 1)
      expect(await logIn(fluxgate, { email: user.email })).toMatchObject({ __typename: 'AuthPayload' });
  });
});
