import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { migrateUp } from '../../src/storage/migrations.js';
import { createEmbeddedHome } from '../support/embedded-home.js';
import { createTestDatabase, holding, query, type TestDatabase } from '../support/postgres.js';
import { setSession } from '../support/session-rows.js';
import { refreshWith, signUp } from '../support/sign-in.js';

/** A window that is over at once: what is answered after it, the pulse has let in. */
const env = { FLUXGATE_REFRESH_GRACE: '1', FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_DATABASE_POOL: '2' };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(() => gateway.close());

interface Seen {
  readonly beat_at: Date;
  readonly age_ms: number;
  readonly gaps_ms: number;
}
const SEE = `select beat_at, extract(epoch from clock_timestamp() - beat_at)::float8 * 1000 as age_ms,
  coalesce((select sum(extract(epoch from upper(gap) - lower(gap))) from unnest(gaps) as gap), 0)::float8 * 1000 as gaps_ms
  from pulse`;
const see = async () => (await gateway.sql<Seen>(SEE))[0]!;
const beaten = () => eventually(see, ({ age_ms: ageMs }) => ageMs < 1_000);

/** The pulse as if everybody had been away: the last beat is so old, or the gap was then. */
async function setPulse(assignments: string): Promise<void> {
  await gateway.sql(`update pulse set ${assignments}`);
}

/** Refreshes, and presents the old token again when its rotation is so old. */
async function retry(ageSeconds: number, on: Gateway = gateway, before?: () => Promise<unknown>): Promise<string> {
  const { refreshToken, session } = await signUp(gateway);
  await refreshWith(gateway, refreshToken);
  await setSession(gateway, session.id, `rotated_at = rotated_at - interval '${ageSeconds} seconds'`);
  await before?.();
  const retried = await refreshWith(on, refreshToken);
  return retried.outcome ?? retried.reason ?? String(retried.code);
}

const gapSecondsAgo = (from: number, to: number) =>
  setPulse(`gaps = tstzmultirange(tstzrange(now() - interval '${from} seconds', now() - interval '${to} seconds'))`);

describe('while commits succeed', () => {
  it('two gateways beat once a second between them, and leave no gap', async () => {
    const other = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const beats: Date[] = [];
      await eventually(
        async () => {
          const { beat_at: at } = await see();
          if (beats.at(-1)?.getTime() !== at.getTime()) beats.push(at);
          return beats.length;
        },
        (count) => count === 5,
      );
      const apartMs = beats.slice(1).map((at, before) => at.getTime() - beats[before]!.getTime());
      for (const ms of apartMs) expect(ms).toBeGreaterThanOrEqual(899);
      expect((await see()).gaps_ms).toBe(0);
    } finally {
      await other.close();
    }
  });

  it('a retry after the grace window is taken for a theft', async () => {
    expect(await retry(2)).toBe('TOKEN_REUSE');
  });

  it('goes on when the pool is used up and the event loop is busy for longer than beats may be apart', async () => {
    await beaten();
    const waiting = Array.from({ length: 60 }, () => gateway.gql('{ me { id } }').catch(() => undefined));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_000); // nothing else runs on this thread meanwhile
    expect(await retry(2)).toBe('TOKEN_REUSE');
    await Promise.all(waiting);
    expect((await see()).gaps_ms).toBe(0);
  });
});

describe('what the window is longer by', () => {
  afterEach(() => setPulse(`gaps = '{}'`));

  it('is a gap that lies after the rotation, on any gateway, be it new', async () => {
    const other = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      expect(await retry(10, other, () => gapSecondsAgo(10, 0.5))).toBe('REPLAYED');
    } finally {
      await other.close();
    }
  });

  it('is no more than that gap', async () => {
    expect(await retry(10, gateway, () => gapSecondsAgo(8, 4))).toBe('TOKEN_REUSE');
  });

  it('is nothing of a gap before the rotation', async () => {
    expect(await retry(5, gateway, () => gapSecondsAgo(60, 5))).toBe('TOKEN_REUSE');
  });

  it('is the setting at most', async () => {
    const capped = await startGateway({
      env: { ...env, FLUXGATE_REFRESH_OUTAGE_GRACE: '5' },
      databaseUrl: gateway.databaseUrl,
    });
    try {
      expect(await retry(5, capped, () => gapSecondsAgo(6, 0))).toBe('REPLAYED');
      expect(await retry(9, capped, () => gapSecondsAgo(10, 0))).toBe('TOKEN_REUSE');
    } finally {
      await capped.close();
    }
  });

  it('is forgotten after 15 minutes', async () => {
    await gapSecondsAgo(1_000, 950);
    await eventually(see, ({ gaps_ms: gapsMs }) => gapsMs === 0);
  });
});

describe('before the first beat after an outage', () => {
  it('the time since the last one counts', async () => {
    const { refreshToken } = await signUp(gateway);
    await refreshWith(gateway, refreshToken);
    await holding(gateway.databaseUrl, ['update pulse set gaps = gaps', []], async () => {
      await eventually(see, ({ age_ms: ageMs }) => ageMs > 5_000);
      expect((await refreshWith(gateway, refreshToken)).outcome).toBe('REPLAYED');
    });
  });
});

describe('after the database was away', () => {
  it('a gap is left, and a retry that comes after the window is answered', async () => {
    const { refreshToken, session } = await signUp(gateway);
    await refreshWith(gateway, refreshToken);
    const before = await beaten();
    await takeDatabaseAway(gateway);
    const logged = (message: string) => gateway.logLines.filter((line) => line.includes(message)).length;
    await eventually(
      () => Promise.resolve(Date.now() - before.beat_at.getTime()),
      (ms) => ms > 5_000,
    );
    await giveDatabaseBack(gateway);
    await eventually(
      () => Promise.resolve(logged('the pulse goes on')),
      (count) => count === 1,
    );
    expect((await see()).gaps_ms).toBeGreaterThan(5_000);
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({
      outcome: 'REPLAYED',
      session: { id: session.id },
    });
  });
});

describe('with no gateway', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** A row as a gateway leaves it, then a gateway that finds it so. @returns the gaps that its first beat leaves. */
  async function gapsFound(assignments: string): Promise<number> {
    await query(database.url, `update pulse set gaps = '{}', ${assignments}`);
    const next = await startGateway({ env, databaseUrl: database.url });
    try {
      await eventually(
        async () => (await next.sql<Seen>(SEE))[0]!.age_ms,
        (ms) => ms < 1_000,
      );
      return (await next.sql<Seen>(SEE))[0]!.gaps_ms;
    } finally {
      await next.close();
    }
  }

  it('one that stopped as it was told to has marked that', async () => {
    await gapsFound('resting = false');
    expect(await query(database.url, 'select from pulse where resting')).toHaveLength(1);
  });

  it('what follows such a stop is no gap', async () => {
    const stopped = `beat_at = now() - interval '60 seconds', resting = true`;
    expect(await gapsFound(stopped)).toBe(0);
  });

  it('what follows an end that nobody asked for is one', async () => {
    const killed = `beat_at = now() - interval '60 seconds', resting = false`;
    expect(await gapsFound(killed)).toBeGreaterThanOrEqual(60_000);
  });
});

describe('while commits wait for a standby that is away', () => {
  it('the pulse stands still, and a retry is answered whenever it comes', async () => {
    const home = await createEmbeddedHome();
    const { url } = await home.start({ wal_level: 'replica', max_wal_senders: '2', synchronous_commit: 'on' });
    await migrateUp({ url, setting: 'DATABASE_URL' });
    const alone = await startGateway({ env, databaseUrl: url });
    const setStandby = async (name: string) => {
      await query(url, `alter system set synchronous_standby_names = '${name}'`);
      await query(url, 'select pg_reload_conf()');
    };
    try {
      const { refreshToken } = await signUp(alone);
      await setStandby('nobody');
      const lost = refreshWith(alone, refreshToken).catch(() => null);
      await eventually(
        async () => (await alone.sql<Seen>(SEE))[0]!.age_ms,
        (ms) => ms > 6_000,
      );
      await setStandby('');
      await lost;
      expect(['ROTATED', 'REPLAYED']).toContain((await refreshWith(alone, refreshToken)).outcome);
      await eventually(
        async () => (await alone.sql<Seen>(SEE))[0]!.gaps_ms,
        (ms) => ms > 5_000,
      );
      expect((await refreshWith(alone, refreshToken)).outcome).toBe('REPLAYED');
    } finally {
      await setStandby('');
      await alone.close();
      await home.remove();
    }
  });
});
