import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { DEFAULT_LIMITS } from '../../src/storage/connection.js';
import { openOrm, poolState } from '../../src/storage/orm.js';
import { sql as run, statement } from '../../src/storage/sql.js';
import { eventually } from '../support/eventually.js';
import { freePort, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { readMetrics, valueOf } from '../support/metrics.js';
import { lockWaiters } from '../support/open-transaction.js';
import { createTestDatabase, holding, query, type TestDatabase } from '../support/postgres.js';
import { signUp } from '../support/sign-in.js';
import { unsteadyNetwork, type Mishap, type UnsteadyNetwork } from '../support/unsteady-network.js';

const sql = <Row>(em: EntityManager, text: string, values: unknown[] = []) =>
  run<Row>(em, statement('a-test', text), values);

let database: TestDatabase;
let network: UnsteadyNetwork;
beforeAll(async () => {
  database = await createTestDatabase();
  network = await unsteadyNetwork(database.url);
});
afterAll(async () => {
  await network.close();
  await database.drop();
});

const TERMINATE = 'select pg_terminate_backend($1)';
const MISHAPS: readonly Mishap[] = ['cut', 'reset', 'answer lost', 'garbled'];

describe('a pool of one connection, which fails', () => {
  let orm: MikroORM;
  beforeEach(async () => {
    orm = await openOrm(network.url, {
      ...DEFAULT_LIMITS,
      databasePoolConnections: 1,
      databaseConnectTimeoutSeconds: 1,
      databaseStatementTimeoutSeconds: 1,
    });
  });
  afterEach(() => orm.close(true));

  /** More often than there are places. */
  async function expectRecovery(fail: () => Promise<unknown>): Promise<void> {
    for (let time = 1; time <= 2; time += 1) {
      const failure = await fail().then(
        () => 'none',
        (error: unknown) => String(error),
      );
      expect(failure).not.toContain('timeout exceeded when trying to connect');
    }
    expect(await sql(orm.em.fork(), 'select 1 one')).toEqual([{ one: 1 }]);
    expect(await inTransaction((tx) => sql(tx, 'select 2 two'))).toEqual([{ two: 2 }]);
    expect((await poolState(orm)).inUse).toBe(0);
  }

  const inTransaction = <T>(work: (tx: EntityManager) => Promise<T>) => orm.em.fork().transactional(work);
  const selectOne = () => inTransaction((tx) => sql(tx, 'select 1'));
  const refuse = () => inTransaction(() => Promise.reject(new Error('refused')));

  async function backendOf(tx: EntityManager): Promise<number> {
    return (await sql<{ pid: number }>(tx, 'select pg_backend_pid() pid'))[0]!.pid;
  }

  async function untilGone(pid: number): Promise<void> {
    await eventually(
      () => query(database.url, 'select from pg_stat_activity where pid = $1', [pid]),
      (rows) => rows.length === 0,
    );
  }

  it.each(MISHAPS)('by %s at BEGIN, is replaced', async (mishap) => {
    await expectRecovery(async () => {
      const happened = network.befall('begin', mishap);
      await expect(selectOne()).rejects.toThrow();
      await happened;
    });
  });

  it.each(MISHAPS)('by %s at COMMIT, is replaced', async (mishap) => {
    await expectRecovery(async () => {
      const happened = network.befall('commit', mishap);
      await expect(selectOne()).rejects.toThrow();
      await happened;
    });
  });

  it.each(MISHAPS)('by %s at ROLLBACK, is replaced, and why the transaction failed is still told', async (mishap) => {
    await expectRecovery(async () => {
      const happened = network.befall('rollback', mishap);
      await expect(refuse()).rejects.toThrow('refused');
      await happened;
    });
  });

  it.each(MISHAPS)('by %s at a statement outside a transaction, is replaced', async (mishap) => {
    await expectRecovery(async () => {
      const happened = network.befall('select 1', mishap);
      await expect(sql(orm.em.fork(), 'select 1')).rejects.toThrow();
      await happened;
    });
  });

  it('by the end of its back-end in a statement of a transaction, is replaced', async () => {
    await expectRecovery(() => inTransaction(async (tx) => sql(tx, TERMINATE, [await backendOf(tx)])));
  });

  it('by the end of its back-end in a statement of its own, is replaced', async () => {
    await expectRecovery(() => sql(orm.em.fork(), 'select pg_terminate_backend(pg_backend_pid())'));
  });

  it('by the end of its back-end between two statements of a transaction, is replaced', async () => {
    await expectRecovery(() =>
      inTransaction(async (tx) => {
        const pid = await backendOf(tx);
        await query(database.url, TERMINATE, [pid]);
        await untilGone(pid);
        await sql(tx, 'select 1');
      }),
    );
  });

  it('by a pause in a transaction that is longer than one may be, is replaced', async () => {
    await expectRecovery(() =>
      inTransaction(async (tx) => {
        await untilGone(await backendOf(tx));
        await sql(tx, 'select 1');
      }),
    );
  });

  it('by having become one that can only be read, is replaced, as is every one to a former primary', async () => {
    let before = 0;
    const write = inTransaction(async (tx) => {
      before = await backendOf(tx);
      await sql(tx, 'set transaction read only');
      await sql(tx, 'create table written ()');
    });
    await expect(write).rejects.toThrow('cannot execute CREATE TABLE in a read-only transaction');
    expect(await inTransaction(backendOf)).not.toBe(before);
    expect((await poolState(orm)).inUse).toBe(0);
  });

  it('by a transaction that somebody else has left open in it, is replaced', async () => {
    await expectRecovery(async () => {
      const pool = await orm.em.getConnection().getNativeClient();
      const client = await pool.connect();
      await client.query('begin');
      await expect(client.query('select 1 / 0')).rejects.toThrow('division by zero');
      client.release();
      await selectOne();
    });
  });
});

const PLACES = 2;
const END_OTHERS = `select count(*) filter (where pg_terminate_backend(pid))::integer ended from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;
/** In the server, which sees what lasts for less than a millisecond: ten for each place, as they come to work. */
const TERMINATE_OVER_AND_OVER = `do $$
  declare ended integer := 0;
  begin
    while ended < ${10 * PLACES} loop
      perform pg_stat_clear_snapshot();
      ended := ended + (${END_OTHERS} and state <> 'idle');
      perform pg_sleep(0.01);
    end loop;
  end $$`;
const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';

describe('a gateway whose connections fail in the middle of sign-ins', () => {
  let gateway: Gateway;
  let metricsPort: number;
  let email: string;
  beforeAll(async () => {
    metricsPort = await freePort();
    const env = {
      FLUXGATE_RATE_LIMIT_SCALE: '100000',
      FLUXGATE_DATABASE_POOL: String(PLACES),
      FLUXGATE_DATABASE_STATEMENT_TIMEOUT: '1',
      FLUXGATE_METRICS_PORT: String(metricsPort),
    };
    gateway = await startGateway({ env, databaseUrl: network.url });
    email = (await signUp(gateway)).user.email;
  });
  afterAll(() => gateway.close());

  async function signIn(): Promise<string> {
    const { status, data, errors, headers } = await gateway.gql<{ login: { __typename: string } } | null>(LOGIN, {
      input: { email, password: PASSWORD },
    });
    if (data) return `${status} ${data.login.__typename}`;
    return `${status} ${String(errors?.[0]?.extensions['code'])} ${headers.get('retry-after')}`;
  }
  const signIns = (count: number) => Promise.all(Array.from({ length: count }, signIn));
  const SIGNED_IN = '200 AuthPayload';
  const UNAVAILABLE = '503 UNAVAILABLE 2';

  async function expectRecovered(): Promise<void> {
    expect(new Set(await signIns(2 * PLACES))).toEqual(new Set([SIGNED_IN]));
    const inUse = async () =>
      valueOf(await readMetrics(`http://127.0.0.1:${metricsPort}/metrics`), 'fluxgate_database_connections', {
        state: 'in_use',
      });
    await eventually(inUse, (connections) => connections === 0);
  }

  it('answers them with 503 and serves on, when their back-ends are terminated inside a transaction', async () => {
    for (let round = 1; round <= 3; round += 1) {
      await holding(database.url, ['select from users where email_key = $1 for update', [email]], async () => {
        const answers = signIns(PLACES);
        await eventually(
          () => lockWaiters(database.url),
          (waiters) => waiters.length === PLACES,
        );
        expect(await query(database.url, `${END_OTHERS} and wait_event_type = 'Lock'`)).toEqual([{ ended: PLACES }]);
        expect(await answers).toEqual([UNAVAILABLE, UNAVAILABLE]);
      });
    }
    await expectRecovered();
  });

  it.each(['cut', 'reset', 'answer lost'] as const)('does so too when their COMMIT is %s', async (mishap) => {
    for (let round = 1; round <= PLACES + 1; round += 1) {
      const happened = network.befall('commit', mishap);
      expect(await signIn()).toBe(UNAVAILABLE);
      await happened;
    }
    await expectRecovered();
  });

  it('answers each with success or 503 while back-ends are terminated all the time, and all once that is over', async () => {
    const seen: string[] = [];
    let stopping = false;
    const everyone = Array.from({ length: 2 * PLACES }, async () => {
      while (!stopping) seen.push(await signIn());
    });
    await query(database.url, TERMINATE_OVER_AND_OVER);
    stopping = true;
    await Promise.all(everyone);
    expect(new Set(seen)).toEqual(new Set([SIGNED_IN, UNAVAILABLE]));
    await expectRecovered();
  });

  it('answers 503 while the disk of the database is full, by GraphQL and REST', async () => {
    await gateway.sql(`create function full_disk() returns trigger language plpgsql as $$ begin
      raise 'could not extend file: No space left on device' using errcode = '53100'; end $$`);
    await gateway.sql('create trigger full_disk before insert on sessions execute function full_disk()');
    expect(await signIn()).toBe(UNAVAILABLE);
    const { status, headers } = await fetch(`${gateway.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    await gateway.sql('drop trigger full_disk on sessions');
    await expectRecovered();
  });
});
