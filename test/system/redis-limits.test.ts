import { createRedisRateLimiters } from '../../src/storage/rate-limit/redis.js';
import { openRedis } from '../../src/storage/redis.js';
import { describeRateLimiters, POLICIES } from '../contract/rate-limits.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { freshEmail, logIn, type SignedIn } from '../support/sign-in.js';

const ACCOUNT_POINTS = 20;
const AT_ONCE = 100;

let redis: RedisServer;
beforeAll(async () => (redis = await startRedis()));
afterAll(() => redis.kill());

describeRateLimiters('in Redis, by two processes', async () => {
  const clients = [await openRedis(redis.url), await openRedis(redis.url)];
  return {
    limiters: clients.map((client) => createRedisRateLimiters(POLICIES, client)),
    identities: { before: 1_000, more: 199_000 },
    close() {
      for (const client of clients) client.disconnect();
      return Promise.resolve();
    },
  };
});

describe('two gateways with one Redis', () => {
  let one: Gateway;
  let two: Gateway;
  beforeAll(async () => {
    const env = { REDIS_URL: redis.url, FLUXGATE_TRUSTED_PROXIES: '127.0.0.1', FLUXGATE_HASH_QUEUE: '1000' };
    one = await startGateway({ env });
    two = await startGateway({ env, databaseUrl: one.databaseUrl });
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });

  let lastAddress = 0;
  const address = () => ({ 'x-forwarded-for': `10.1.${++lastAddress >> 8}.${lastAddress & 255}` });
  const guess = (gateway: Gateway, email: string) =>
    logIn(gateway, { email, password: 'sturdy-otter-battery-8' }, address());
  const guessesAtOnce = (gateways: readonly Gateway[], email: string) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, nth) => guess(gateways[nth % gateways.length]!, email)));
  const evaluated = (answers: readonly SignedIn[]) =>
    answers.filter(({ __typename }) => __typename === 'InvalidCredentials').length;

  /** What Redis has counted for an address after one sign-in at each gateway: 1 when they share it from the first on. */
  async function sharedCount(): Promise<number> {
    const here = address();
    const email = 'not an address';
    await Promise.all([logIn(one, { email }, here), logIn(two, { email }, here)]);
    return Number(await redis.ask('GET', `fluxgate:login.ip:${here['x-forwarded-for']}`)) - 1;
  }

  it('share a limit: of a hundred guesses at once, twenty are looked at', async () => {
    expect(evaluated(await guessesAtOnce([one, two], freshEmail()))).toBe(ACCOUNT_POINTS);
  });

  it('count REST and GraphQL under one key, which ends with its window', async () => {
    const email = freshEmail();
    await guess(one, email);
    await fetch(`${two.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...address() },
      body: JSON.stringify({ email: email.toUpperCase(), password: 'sturdy-otter-battery-8' }),
    });
    const key = `fluxgate:login.account:${email}`;
    expect(await redis.ask('GET', key)).toBe('2');
    expect(await redis.ask('TTL', key)).toBeGreaterThan(800);
  });

  it.each([
    ['hangs', () => redis.pause(), () => redis.resume()],
    ['is killed', () => redis.kill(), () => redis.start()],
  ])(
    'go on when it %s: each counts for itself, all are answered, and it is used again once it is back',
    async (...[, away, back]) => {
      const logged = one.logLines.length;
      const email = freshEmail();
      await away();
      expect(evaluated(await guessesAtOnce([one], email))).toBe(ACCOUNT_POINTS);
      expect(evaluated(await guessesAtOnce([two], email))).toBe(ACCOUNT_POINTS);
      expect((await fetch(`${one.url}/readyz`)).status).toBe(200);
      expect(one.logLines.slice(logged).join('')).toContain('Redis does not answer: limits are counted without it');

      await back();
      await eventually(sharedCount, (count) => count === 1);
      expect(evaluated(await guessesAtOnce([one, two], freshEmail()))).toBe(ACCOUNT_POINTS);
      expect(one.logLines.join('')).toContain('Redis answers again');
    },
  );
});

describe('a gateway whose Redis hangs from the beginning', () => {
  it('starts all the same', async () => {
    const hanging = await startRedis();
    await hanging.pause();
    const gateway = await startGateway({ env: { REDIS_URL: hanging.url } });
    expect((await logIn(gateway, { email: freshEmail() })).__typename).toBe('InvalidCredentials');
    await gateway.close();
    await hanging.kill();
  });
});

describe('a gateway whose Redis is not there', () => {
  it('starts, says so once, and keeps to its limits', async () => {
    const absent = await startRedis();
    await absent.kill();
    const gateway = await startGateway({ env: { REDIS_URL: absent.url, FLUXGATE_HASH_QUEUE: '1000' } });
    try {
      const email = freshEmail();
      const answers = await Promise.all(Array.from({ length: 30 }, () => logIn(gateway, { email })));
      expect(answers.filter(({ __typename }) => __typename === 'InvalidCredentials')).toHaveLength(ACCOUNT_POINTS);
      expect(gateway.logLines.filter((line) => line.includes('Redis does not answer'))).toHaveLength(1);
    } finally {
      await gateway.close();
    }
  });
});

describe('a limiter whose Redis hangs', () => {
  it('fails within its time-out, whatever was asked before', async () => {
    const hanging = await startRedis();
    const client = await openRedis(hanging.url);
    const limiters = createRedisRateLimiters(POLICIES, client);
    expect((await limiters.hit('five', 'a')).waitMs).toBe(0);
    await hanging.pause();
    for (let round = 0; round < 3; round += 1)
      expect(await limiters.hit('five', 'b').catch((error: Error) => error.message)).toMatch(
        /no answer within 500 ms|not ready/,
      );
    client.disconnect();
    await hanging.kill();
  });
});
