import { newSecret } from '../bench/contenders/fluxgate.ts';
import { query } from '../bench/database.ts';
import { onRelease, releaseFromHere } from '../bench/release.ts';
import { Crowd } from './clients/crowd.ts';
import { makeFolder } from './servers/child.ts';
import { Gateway } from './servers/gateway.ts';
import { startNginx } from './servers/nginx.ts';
import { startPgBouncer } from './servers/pgbouncer.ts';
import { mountSmallDisk, STANDBY_NAME, startPrimary, startStandby, type Postgres } from './servers/postgres.ts';
import { startProxy, type Proxy } from './servers/proxy.ts';
import { startRedis, type Redis } from './servers/redis.ts';

/** What a scenario plays on: nothing unless told. */
export interface StageOptions {
  readonly standby?: 'synchronous' | 'asynchronous';
  /** Behind the proxies stands PgBouncer. */
  readonly pooler?: boolean;
  /** The gateways reach the database, and the feed of revocations has a way of its own, through proxies. */
  readonly proxied?: boolean;
  /** The gateways are told of both database servers. */
  readonly twoHosts?: boolean;
  readonly redis?: boolean;
  readonly nginx?: boolean;
  readonly workers?: number;
  readonly smallDiskMegabytes?: number;
  /** Options of Node for the second gateway. */
  readonly secondNodeOptions?: readonly string[];
  readonly holders?: number;
  readonly thinkMs?: number;
}

/** Servers and people. */
export interface Stage {
  /** Who writes now. */
  primary: Postgres;
  readonly standby: Postgres | null;
  readonly gateways: readonly [Gateway, Gateway];
  /** Of each gateway, where it is proxied: its way to the database, and that of its feed. */
  readonly ways: readonly Proxy[];
  readonly feedWays: readonly Proxy[];
  /** From the primary to the standby. */
  readonly replication: Proxy | null;
  readonly redis: Redis | null;
  readonly redisWay: Proxy | null;
  /** Of all gateways. */
  readonly secret: string;
  readonly crowd: Crowd;
  close(): Promise<void>;
}

interface Ways {
  readonly ways: Proxy[];
  readonly feedWays: Proxy[];
}

export async function openStage(options: StageOptions, folder: string, holders: number): Promise<Stage> {
  const close = releaseFromHere();
  try {
    return { ...(await build(options, folder, holders)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(options: StageOptions, folder: string, holders: number): Promise<Omit<Stage, 'close'>> {
  const { smallDiskMegabytes } = options;
  const disk = smallDiskMegabytes === undefined ? undefined : mountSmallDisk.bind(null, smallDiskMegabytes);
  const primary = await startPrimary(disk);
  const replication = options.standby ? await openProxy(primary.port) : null;
  const standby = replication ? await startStandby(replication.port) : null;
  if (options.standby === 'synchronous') {
    await primary.ask(`ALTER SYSTEM SET synchronous_standby_names = '${STANDBY_NAME}'`);
    await primary.ask('SELECT pg_reload_conf()');
  }
  const redis = options.redis ? await startRedis() : null;
  const redisWay = redis ? await openProxy(redis.port) : null;
  const poolerUrl = options.pooler ? await startPgBouncer(primary.url) : null;
  const secret = newSecret();
  const ways: Ways = { ways: [], feedWays: [] };
  const start = async (at: number) => {
    const env = {
      ...(await databaseEnvironment(options, primary, standby, poolerUrl, ways)),
      ...(redisWay ? { REDIS_URL: `redis://127.0.0.1:${redisWay.port}` } : {}),
      FLUXGATE_WORKERS: String(options.workers ?? 1),
      FLUXGATE_HASH_QUEUE: '1000',
      FLUXGATE_LOG_LEVEL: 'warn',
    };
    const { DATABASE_URL: databaseUrl, ...others } = env;
    const nodeOptions = at === 1 ? (options.secondNodeOptions ?? []) : [];
    return Gateway.start(folder, { databaseUrl, name: `gateway-${at}`, secret, env: others, nodeOptions });
  };
  const gateways = [await start(0), await start(1)] as const;
  const urls = options.nginx ? [await startNginx(gateways.map(({ port }) => port))] : gateways.map(({ url }) => url);
  const crowd = new Crowd({ urls, holders: options.holders ?? holders, thinkMs: options.thinkMs ?? 300 });
  return { primary, standby, gateways, ...ways, replication, redis, redisWay, secret, crowd };
}

async function openProxy(port: number): Promise<Proxy> {
  const proxy = await startProxy(port);
  onRelease(() => proxy.close());
  return proxy;
}

/** Where a gateway finds the database; what is proxied gets a proxy of its own. */
async function databaseEnvironment(
  options: StageOptions,
  primary: Postgres,
  standby: Postgres | null,
  poolerUrl: string | null,
  { ways, feedWays }: Ways,
): Promise<{ readonly DATABASE_URL: string } & Readonly<Record<string, string>>> {
  if (options.twoHosts && standby) {
    const { host } = new URL(primary.url);
    return { DATABASE_URL: primary.url.replace(host, `${host},127.0.0.1:${standby.port}`) };
  }
  if (options.proxied) {
    const behind = poolerUrl ?? primary.url;
    const [way, feedWay] = [await openProxy(Number(new URL(behind).port)), await openProxy(primary.port)];
    ways.push(way);
    feedWays.push(feedWay);
    const prepare = poolerUrl === null ? 'on' : 'off';
    const direct = { DATABASE_DIRECT_URL: feedWay.via(primary.url), FLUXGATE_DATABASE_PREPARE: prepare };
    return { DATABASE_URL: way.via(behind), ...direct };
  }
  return { DATABASE_URL: primary.url };
}

/** What the database says of sessions: of those that it has, why they have ended. */
export async function readRows({ primary, crowd }: Stage): Promise<void> {
  const { rows, attempts, held } = crowd.history;
  const ids = [...new Set([...held, ...attempts.map(({ sessionId }) => sessionId)])];
  const found = await query<{ id: string; reason: string | null }>(
    primary.url,
    'SELECT id, revoke_reason AS reason FROM sessions WHERE id = ANY($1::uuid[])',
    [ids],
  );
  for (const { id, reason } of found) rows.set(id, reason);
}

export async function makeLogFolder(): Promise<string> {
  return makeFolder('gateways', null);
}
