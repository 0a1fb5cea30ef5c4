import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { readConfig, SETTINGS } from '../../src/config.js';
import { problemsOf, refusalOf } from '../support/config-refusal.js';

const SECRET = 'kq3J9vX0b7Tz2LrWm5YdCfHs8PaGeN1uQxRi6oVtBzE=';
const DATABASE_URL = 'postgres://app:pa55word@db.example.com:5432/auth';
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL,
  FLUXGATE_SECRET: SECRET,
  FLUXGATE_PUBLIC_URL: 'https://auth.example.com',
};

describe('the settings that are not given', () => {
  it('are those of a person trying it on their own machine', () => {
    expect(readConfig({})).toEqual({
      environment: 'development',
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: null,
      databaseDirectUrl: null,
      migrationDatabaseUrl: null,
      databasePoolConnections: 8,
      databaseQueueLimit: 500,
      databaseConnectTimeoutSeconds: 5,
      databaseStatementTimeoutSeconds: 10,
      databaseLockTimeoutSeconds: 5,
      redisUrl: null,
      databasePrepare: null,
      workers: 1,
      cleanUpIntervalSeconds: 3600,
      sessionRetentionDays: 90,
      eventRetentionDays: 365,
      dataDir: resolve('.fluxgate'),
      secret: null,
      secretPrevious: null,
      publicUrl: null,
      audience: 'fluxgate',
      corsOrigins: [],
      returnOrigins: [],
      cookieDomain: null,
      cookieSameSite: 'strict',
      signup: 'open',
      providerNames: [],
      providers: [],
      introspection: true,
      sandbox: true,
      explorer: true,
      trustedProxies: [],
      accountPage: true,
      forwardAuthAudience: null,
      accessTtlSeconds: 900,
      refreshIdleTtlSeconds: 604_800,
      refreshAbsoluteTtlSeconds: 2_592_000,
      refreshGraceSeconds: 30,
      refreshOutageGraceSeconds: 600,
      sessionLimit: 100,
      rateLimitScale: 1,
      rateLimits: {},
      signingAlgorithm: 'EdDSA',
      logLevel: 'info',
      allowEmbedded: false,
      hashThreads: expect.any(Number),
      hashQueueLimit: 64,
      hashWaitLimitSeconds: 5,
      breachedPasswordsUrl: null,
      metricsPort: null,
      metricsToken: null,
      otlpEndpoint: null,
      otlpTracesEndpoint: null,
      otlpProtocol: 'http/protobuf',
      otlpTracesProtocol: null,
      tracesExporter: 'otlp',
      openTelemetryDisabled: false,
      tracesSampler: 'parentbased_always_on',
      tracesSamplerShare: 1,
      tracesUrl: null,
      warnings: [],
    });
    expect(readConfig({}).hashThreads).toBe(availableParallelism());
    expect(readConfig({ FLUXGATE_WORKERS: '64' }).hashThreads).toBe(1);
  });

  it('close what production does not show', () => {
    expect(readConfig(PRODUCTION)).toMatchObject({
      host: '0.0.0.0',
      introspection: false,
      sandbox: false,
      explorer: false,
    });
  });

  it('count as such when they are empty', () => {
    const names = SETTINGS.map(({ name }) => name).filter((name) => !name.includes('<NAME>'));
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig(PRODUCTION);
    expect([config, config.corsOrigins, config.trustedProxies, config.warnings].every(Object.isFrozen)).toBe(true);
  });
});

const TWO_LIMITS = {
  'login.ip': { points: 200, windowSeconds: 300 },
  'session.end': { points: 1, windowSeconds: 86400 },
};

describe('a setting that is given', () => {
  it.each([
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['HOST', '::1', { host: '::1' }],
    ['HOST', 'localhost', { host: 'localhost' }],
    ['NODE_ENV', 'test', { environment: 'test', sandbox: false, explorer: true, introspection: true }],
    ['FLUXGATE_DATA_DIR', 'data/here', { dataDir: resolve('data/here') }],
    ['FLUXGATE_SECRET', SECRET, { secret: SECRET }],
    ['FLUXGATE_PUBLIC_URL', 'https://Auth.Example.com:443/', { publicUrl: 'https://auth.example.com' }],
    ['FLUXGATE_PUBLIC_URL', 'http://10.0.0.5:4000', { publicUrl: 'http://10.0.0.5:4000' }],
    ['FLUXGATE_AUDIENCE', 'https://api.example.com', { audience: 'https://api.example.com' }],
    [
      'FLUXGATE_CORS_ORIGINS',
      'https://a.test, http://b.test:81,https://a.test/',
      { corsOrigins: ['https://a.test', 'http://b.test:81'] },
    ],
    ['FLUXGATE_RETURN_ORIGINS', 'https://a.test', { returnOrigins: ['https://a.test'] }],
    ['FLUXGATE_SIGNUP', 'closed', { signup: 'closed' }],
    ['FLUXGATE_INTROSPECTION', 'off', { introspection: false }],
    ['FLUXGATE_TRUSTED_PROXIES', '10.0.0.0/8,::1, 192.0.2.7', { trustedProxies: ['10.0.0.0/8', '::1', '192.0.2.7'] }],
    ['FLUXGATE_ACCOUNT_PAGE', 'off', { accountPage: false }],
    ['FLUXGATE_FORWARD_AUTH_AUDIENCE', 'apps', { forwardAuthAudience: 'apps' }],
    ['FLUXGATE_ACCESS_TTL', '1', { accessTtlSeconds: 1 }],
    ['FLUXGATE_REFRESH_GRACE', '0', { refreshGraceSeconds: 0 }],
    ['FLUXGATE_REFRESH_OUTAGE_GRACE', '0', { refreshOutageGraceSeconds: 0 }],
    ['FLUXGATE_RATE_LIMIT_SCALE', '0.5', { rateLimitScale: 0.5 }],
    ['FLUXGATE_RATE_LIMITS', 'login.ip=200/300, session.end=1/86400', { rateLimits: TWO_LIMITS }],
    ['FLUXGATE_SIGNING_ALGORITHM', 'RS256', { signingAlgorithm: 'RS256' }],
    ['FLUXGATE_LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['FLUXGATE_HASH_THREADS', '4', { hashThreads: 4 }],
    ['FLUXGATE_HASH_QUEUE', '8', { hashQueueLimit: 8 }],
    ['FLUXGATE_HASH_TIMEOUT', '2', { hashWaitLimitSeconds: 2 }],
    ['FLUXGATE_BREACHED_PASSWORDS_URL', 'http://r.example/range', { breachedPasswordsUrl: 'http://r.example/range' }],
    ['FLUXGATE_DATABASE_POOL', '20', { databasePoolConnections: 20 }],
    ['FLUXGATE_DATABASE_QUEUE', '20', { databaseQueueLimit: 20 }],
    ['FLUXGATE_DATABASE_CONNECT_TIMEOUT', '1', { databaseConnectTimeoutSeconds: 1 }],
    ['FLUXGATE_DATABASE_STATEMENT_TIMEOUT', '25', { databaseStatementTimeoutSeconds: 25 }],
    ['FLUXGATE_DATABASE_LOCK_TIMEOUT', '2', { databaseLockTimeoutSeconds: 2 }],
    ['FLUXGATE_WORKERS', '4', { workers: 4 }],
    ['FLUXGATE_WORKERS', 'auto', { workers: availableParallelism() }],
    ['REDIS_URL', 'redis://cache', { redisUrl: 'redis://cache' }],
    ['REDIS_URL', 'rediss://app:p%40ss@cache:6380/2', { redisUrl: 'rediss://app:p%40ss@cache:6380/2' }],
    ['FLUXGATE_DATABASE_PREPARE', 'off', { databasePrepare: false }],
  ])('is read: %s=%s', (name, text, expected) => {
    expect(readConfig({ [name]: text })).toMatchObject(expected);
  });

  it.each([
    ['NODE_ENV', 'prod', 'NODE_ENV is "prod": use development or production or test.'],
    ['PORT', '65536', 'PORT is "65536": use a whole number from 0 to 65535.'],
    ['PORT', '-1', 'PORT is "-1"'],
    ['PORT', '0x10', 'PORT is "0x10"'],
    ['PORT', '1e3', 'PORT is "1e3"'],
    ['PORT', ' 80', 'PORT is " 80"'],
    ['HOST', 'http://localhost', 'HOST is "http://localhost": use an IP address or a host name'],
    ['HOST', '[::1]', 'HOST is "[::1]"'],
    ['FLUXGATE_PUBLIC_URL', 'auth.example.com', 'use http:// or https://'],
    ['FLUXGATE_PUBLIC_URL', 'https://auth.example.com/login', 'without path'],
    ['FLUXGATE_PUBLIC_URL', 'https://auth.example.com/?a', 'without path, query'],
    ['FLUXGATE_PUBLIC_URL', 'ftp://auth.example.com', 'use http:// or https://'],
    ['FLUXGATE_AUDIENCE', 'two words', 'without a space'],
    ['FLUXGATE_CORS_ORIGINS', 'https://a.test,*', '* would let any site act with the cookies'],
    ['FLUXGATE_CORS_ORIGINS', 'https://*.a.test/x', 'use http:// or https://'],
    ['FLUXGATE_RETURN_ORIGINS', '*', 'use http:// or https://'],
    ['FLUXGATE_CORS_ORIGINS', 'null', 'use http:// or https://'],
    ['FLUXGATE_SIGNUP', 'no', 'FLUXGATE_SIGNUP is "no": use open or closed.'],
    ['FLUXGATE_INTROSPECTION', 'true', 'use on or off.'],
    ['FLUXGATE_TRUSTED_PROXIES', '10.1', 'use IP addresses or CIDR ranges'],
    ['FLUXGATE_TRUSTED_PROXIES', '10.0.0.0/33', 'use IP addresses or CIDR ranges'],
    ['FLUXGATE_TRUSTED_PROXIES', '10.0.0.0/8/8', 'use IP addresses or CIDR ranges'],
    ['FLUXGATE_TRUSTED_PROXIES', '::1,0.0.0.0/0', 'lets any client forge its address'],
    ['FLUXGATE_ACCESS_TTL', '0', 'use a whole number of seconds from 1 to 86400.'],
    ['FLUXGATE_ACCESS_TTL', '15m', 'FLUXGATE_ACCESS_TTL is "15m"'],
    ['FLUXGATE_ACCESS_TTL', '86401', 'from 1 to 86400'],
    ['FLUXGATE_REFRESH_GRACE', '601', 'from 0 to 600'],
    ['FLUXGATE_RATE_LIMIT_SCALE', '0', 'use a number above 0'],
    ['FLUXGATE_RATE_LIMIT_SCALE', 'Infinity', 'use a number above 0'],
    ['FLUXGATE_RATE_LIMITS', 'login.ip', 'use NAME=POINTS/SECONDS'],
    ['FLUXGATE_RATE_LIMITS', 'login.ip=0/60', 'use NAME=POINTS/SECONDS'],
    ['FLUXGATE_RATE_LIMITS', 'login.ip=5/60,', 'use NAME=POINTS/SECONDS'],
    ['FLUXGATE_RATE_LIMITS', 'login.all=5/60', 'the limits are signup.ip, login.ip,'],
    ['FLUXGATE_RATE_LIMITS', 'login.ip/56=5/60', 'use NAME=POINTS/SECONDS'],
    ['FLUXGATE_RATE_LIMITS', 'login.ip=5/60,login.ip=6/60', 'login.ip is in it twice'],
    ['FLUXGATE_SIGNING_ALGORITHM', 'HS256', 'use EdDSA or ES256 or RS256.'],
    ['FLUXGATE_LOG_LEVEL', 'verbose', 'use fatal or error'],
    ['FLUXGATE_ALLOW_EMBEDDED', 'yes', 'FLUXGATE_ALLOW_EMBEDDED is "yes": use 0 or 1.'],
    ['FLUXGATE_HASH_THREADS', '0', 'from 1 to 64'],
    ['FLUXGATE_HASH_QUEUE', '1.5', 'from 1 to 10000'],
    ['FLUXGATE_DATABASE_POOL', '0', 'from 1 to 1000'],
    ['FLUXGATE_DATABASE_CONNECT_TIMEOUT', '5s', 'use a whole number of seconds from 1 to 60'],
    ['FLUXGATE_DATABASE_STATEMENT_TIMEOUT', '30', 'from 1 to 25'],
    ['FLUXGATE_DATABASE_LOCK_TIMEOUT', '0', 'from 1 to 25'],
    ['FLUXGATE_WORKERS', '0', 'use auto, or a whole number from 1 to 64'],
    ['FLUXGATE_WORKERS', 'many', 'use auto, or a whole number from 1 to 64'],
    ['REDIS_URL', 'cache:6379', 'REDIS_URL cannot be used: use redis://USER:PASSWORD@HOST:PORT/NUMBER'],
    ['REDIS_URL', 'redis:///0', 'use redis://'],
    ['REDIS_URL', 'redis://cache/sessions', 'use redis://'],
    ['REDIS_URL', 'redis://cache?enableOfflineQueue=true', 'without parameters'],
  ])('is refused with its name, its value and what is allowed: %s=%s', (name, text, expected) => {
    const [problem, ...more] = problemsOf({ [name]: text });
    expect(problem).toContain(name);
    expect(problem).toContain(expected);
    expect(more).toEqual([]);
  });

  it('stays on one line of the report, and short', () => {
    expect(problemsOf({ FLUXGATE_SIGNUP: 'a\nb' })).toHaveLength(1);
    expect(problemsOf({ FLUXGATE_SIGNUP: 'x'.repeat(100_000) })[0]!.length).toBeLessThan(200);
  });
});

describe('the report', () => {
  it('names every problem at once', () => {
    const problems = problemsOf({ NODE_ENV: 'production', PORT: 'x', FLUXGATE_SIGNUP: 'x', FLUXGATE_ACCESS_TTL: 'x' });
    expect(problems.map((line) => line.split(' ')[0]).sort()).toEqual([
      'DATABASE_URL',
      'FLUXGATE_ACCESS_TTL',
      'FLUXGATE_PUBLIC_URL',
      'FLUXGATE_SECRET',
      'FLUXGATE_SIGNUP',
      'PORT',
    ]);
  });

  it.each([
    ['a short secret', { FLUXGATE_SECRET: 'hunter2hunter2' }],
    ['a database URL that does not parse', { DATABASE_URL: 'postgres://app:hunter2 /auth' }],
    ['a database URL of another kind', { DATABASE_URL: 'mysql://app:hunter2@db/auth' }],
    ['credentials in the public URL', { FLUXGATE_PUBLIC_URL: 'https://me:hunter2@auth.example.com' }],
    ['credentials in an allowed origin', { FLUXGATE_CORS_ORIGINS: 'https://me:hunter2@a.test' }],
    ['a Redis URL that cannot be used', { REDIS_URL: 'redis://app:hunter2@cache/x' }],
    ['a database URL in the wrong place', { FLUXGATE_SIGNUP: 'postgres://app:hunter2@db/auth' }],
  ])('does not repeat %s', (_, env) => {
    const error = refusalOf(env);
    expect(error.message).toContain(Object.keys(env)[0]);
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('hunter2');
  });
});
