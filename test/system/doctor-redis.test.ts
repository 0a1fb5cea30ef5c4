import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { checkRedis } from '../../src/cli/doctor/redis.js';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { readConfig } from '../../src/config.js';
import { eventually } from '../support/eventually.js';
import { runCommand } from '../support/fluxgate-command.js';
import { freePort } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';

const PASSWORD = 'hunter2secret';
const tlsFile = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url));

async function finding(url: string): Promise<Finding | undefined> {
  const found = await checkRedis(readConfig({ REDIS_URL: url }));
  expect(found).toHaveLength(1);
  expect(JSON.stringify(found)).not.toContain(PASSWORD);
  return found[0];
}

let redis: RedisServer;
beforeEach(async () => (redis = await startRedis()));
afterEach(() => redis.kill());

type Change = Partial<Pick<URL, 'username' | 'password' | 'hostname' | 'pathname' | 'protocol'>>;

/** The server's URL with something else in it. */
function changed(change: Change): string {
  return Object.assign(new URL(redis.url), change).href;
}

describe('doctor on a Redis', () => {
  it('that gateways can count in tells its version, and keeps nothing', async () => {
    expect(await finding(redis.url)).toEqual({
      check: 'Redis',
      outcome: 'ok',
      saw: expect.stringMatching(/^127\.0\.0\.1:\d+, Redis 7\./),
      advice: null,
    });
    await eventually(
      () => redis.ask('KEYS', '*'),
      (keys) => Array.isArray(keys) && keys.length === 0,
    );
  });

  it.each<[string, () => Promise<unknown>, string, string]>([
    ['that hangs', () => redis.pause(), 'it does not answer', 'whether it speaks TLS'],
    ['that is not there', () => redis.kill(), 'nothing listens there', 'start Redis'],
    ['that asks for a password', () => redis.ask('CONFIG', 'SET', 'requirepass', 'x'), 'it asks for a password', 'add'],
    [
      'that is a replica',
      () => redis.ask('REPLICAOF', '127.0.0.1', '1'),
      'it can only be read, as a replica is',
      'name the primary server in REDIS_URL',
    ],
    [
      'that has no memory left',
      () => redis.ask('CONFIG', 'SET', 'maxmemory', '1'),
      'its memory is full',
      'raise maxmemory',
    ],
    [
      'whose user may not count',
      () => redis.ask('ACL', 'SETUSER', 'default', '-eval', '-evalsha'),
      'its user may not count (NOPERM',
      'evalsha',
    ],
    [
      'whose user may not touch our keys',
      () => redis.ask('ACL', 'SETUSER', 'default', 'resetkeys', '~other:*'),
      'its user may not count (NOPERM',
      'on the keys fluxgate:*',
    ],
  ])('%s fails, with what to do', async (_, breakIt, saw, advice) => {
    await breakIt();
    expect(await finding(redis.url)).toMatchObject({
      outcome: 'failed',
      saw: expect.stringContaining(saw),
      advice: expect.stringContaining(advice),
    });
  });

  it.each<[string, Change, string]>([
    ['a wrong password', { username: 'default', password: PASSWORD }, 'it has no such user, or another password'],
    ['a user that there is not', { username: 'nobody', password: PASSWORD }, 'it has no such user'],
    ['a database that there is not', { pathname: '/9999' }, 'it has no database of that number'],
    ['a host that there is not', { hostname: 'redis.invalid' }, 'its host name is not known'],
    ['TLS that it does not offer', { protocol: 'rediss:' }, 'it does not answer'],
  ])('fails for %s', async (_, change, saw) => {
    if (change.username !== undefined) await redis.ask('ACL', 'SETUSER', 'default', 'resetpass', '>another');
    expect(await finding(changed(change))).toMatchObject({ outcome: 'failed', saw: expect.stringContaining(saw) });
  });

  it('may be one that does not tell of itself', async () => {
    await redis.ask('ACL', 'SETUSER', 'default', '-info');
    expect(await finding(redis.url)).toMatchObject({
      outcome: 'ok',
      saw: expect.stringContaining('of a version that it does not tell'),
    });
  });

  it.each([
    ['allkeys-lru', 'warning'],
    ['volatile-ttl', 'warning'],
    ['noeviction', 'ok'],
  ])('that may forget counters is warned of: %s', async (policy, outcome) => {
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', policy);
    expect(await finding(redis.url)).toMatchObject({ outcome: 'ok' }); // its memory has no bound
    await redis.ask('CONFIG', 'SET', 'maxmemory', '64mb');
    expect(await finding(redis.url)).toMatchObject({ outcome });
  });

  it('that speaks TLS fails where its certificate is not trusted, and where none is spoken to it', async () => {
    const port = await freePort();
    const files = ['--tls-cert-file', tlsFile('localhost'), '--tls-key-file', tlsFile('key')];
    const guarded = await startRedis([...files, '--tls-port', String(port), '--tls-auth-clients', 'no']);
    try {
      expect(await finding(`rediss://localhost:${port}`)).toMatchObject({
        outcome: 'failed',
        saw: expect.stringContaining('its certificate is not trusted'),
        advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
      expect(await finding(`redis://localhost:${port}`)).toMatchObject({ outcome: 'failed' });
    } finally {
      await guarded.kill();
    }
  });
});

describe('doctor on what is no Redis', () => {
  it.each([
    ['says something else', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['hangs up', ''],
  ])('fails when it %s', async (_, answer) => {
    const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await finding(`redis://127.0.0.1:${port}`)).toMatchObject({
      outcome: 'failed',
      saw: expect.stringContaining('does not speak as Redis does'),
      advice: 'correct host and port in REDIS_URL',
    });
    server.close();
  });
});

describe('fluxgate doctor', () => {
  it('checks Redis where there is one, and ends with 1 when it fails', async () => {
    const database = await createTestDatabase();
    const command = async (url: string) => {
      const { code, stdout } = await runCommand(['doctor'], { databaseUrl: database.url, env: { REDIS_URL: url } });
      return [code, /^(\w+) +Redis /m.exec(stdout)?.[1]];
    };
    expect(await command(redis.url)).toEqual([0, 'ok']);
    await redis.kill();
    expect(await command(redis.url)).toEqual([1, 'FAILED']);
    expect(await command('')).toEqual([0, undefined]);
    await database.drop();
  });
});
