import { readConfig } from '../../src/config.js';
import { problemsOf } from '../support/config-refusal.js';

const SECRET = 'kq3J9vX0b7Tz2LrWm5YdCfHs8PaGeN1uQxRi6oVtBzE=';
const DATABASE_URL = 'postgres://app:pa55word@db.example.com:5432/auth';
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL,
  FLUXGATE_SECRET: SECRET,
  FLUXGATE_PUBLIC_URL: 'https://auth.example.com',
};

describe('FLUXGATE_SECRET', () => {
  it('is checked before it is used', () => {
    expect(problemsOf({ FLUXGATE_SECRET: 'abcabcab'.repeat(8) })).toEqual([
      'FLUXGATE_SECRET cannot be used: it repeats itself; make one with `openssl rand -base64 32`.',
    ]);
  });

  it('is required with a database that other nodes may share', () => {
    expect(problemsOf({ DATABASE_URL })).toEqual([
      expect.stringMatching(/^FLUXGATE_SECRET is not set: it is required with DATABASE_URL/),
    ]);
  });
});

describe('DATABASE_URL', () => {
  it.each([
    DATABASE_URL,
    'postgresql://app@localhost/auth?application_name=fluxgate',
    'postgres://app:p%40ss@%2Fvar%2Frun%2Fpostgresql/auth',
    'postgres://app:p%40ss@one:5432,two:5433,[::1]/auth?sslmode=verify-full&target_session_attrs=read-write',
    'postgres://one,two/auth?target_session_attrs=primary',
  ])('is taken as it is: %s', (url) => {
    expect(readConfig({ DATABASE_URL: url, FLUXGATE_SECRET: SECRET }).databaseUrl).toBe(url);
  });

  it.each([
    ['is not a URL', 'localhost', 'it is not a URL'],
    ["is another database's", 'mysql://a:b@db/auth', "it is not PostgreSQL's"],
    ['names no host', 'postgres:///auth', 'it names no host'],
    ['names no database', 'postgres://a:b@db/', 'it names no database'],
    ['has a password with a bare %', 'postgres://a:100%@db/auth', 'write %25'],
    ['names several hosts and one is empty', 'postgres://a:b@one,,two/auth', 'it is not a URL'],
    ['names several hosts and a port is none', 'postgres://a:b@one:5432,two:x/auth', 'hosts as in ONE:5432,TWO:5432'],
    ['names several hosts and no database', 'postgres://a:b@one,two', 'it names no database'],
    ['names hosts twice', 'postgres://a:b@one,two/auth?host=three', 'it names hosts twice'],
    ['wants a standby', 'postgres://a:b@one,two/auth?target_session_attrs=standby', 'it takes read-write and primary'],
    ['wants any server', 'postgres://a:b@one/auth?sslmode=disable&target_session_attrs=any', 'a gateway writes'],
  ])('is refused when it %s', (_, url, why) => {
    expect(problemsOf({ DATABASE_URL: url, FLUXGATE_SECRET: SECRET })).toEqual([
      expect.stringMatching(`^DATABASE_URL cannot be used: .*${why}`),
    ]);
  });
});

describe('DATABASE_DIRECT_URL', () => {
  it('says where the pooler leads to, so there has to be one', () => {
    expect(problemsOf({ DATABASE_DIRECT_URL: DATABASE_URL })).toEqual([
      expect.stringMatching(/^DATABASE_DIRECT_URL is set and DATABASE_URL is not/),
    ]);
  });
});

describe('a job that migrates', () => {
  it('needs the URL of the owner, and nothing that only a gateway needs', () => {
    const env = { NODE_ENV: 'production', FLUXGATE_MIGRATION_DATABASE_URL: DATABASE_URL };
    expect(readConfig(env, 'migrate').migrationDatabaseUrl).toBe(DATABASE_URL);
    expect(problemsOf(env)).toHaveLength(3);
  });

  it('is told of what is wrong all the same', () => {
    expect(() => readConfig({ FLUXGATE_DATABASE_LOCK_TIMEOUT: 'long' }, 'migrate')).toThrow(
      /^FLUXGATE_DATABASE_LOCK_TIMEOUT is "long"/,
    );
  });
});

describe('production', () => {
  it('starts with a database, a secret and an https origin', () => {
    expect(readConfig(PRODUCTION)).toMatchObject({ environment: 'production', publicUrl: 'https://auth.example.com' });
  });

  it('needs a database, or leave to do without', () => {
    const embedded = { ...PRODUCTION, DATABASE_URL: '' };
    expect(problemsOf(embedded)).toEqual([
      expect.stringMatching(/DATABASE_URL .*PostgreSQL.*FLUXGATE_ALLOW_EMBEDDED=1/),
    ]);
    expect(readConfig({ ...embedded, FLUXGATE_ALLOW_EMBEDDED: '1' }).databaseUrl).toBeNull();
  });

  it('needs a secret on the embedded database too', () => {
    const env = { ...PRODUCTION, DATABASE_URL: '', FLUXGATE_ALLOW_EMBEDDED: '1', FLUXGATE_SECRET: '' };
    expect(problemsOf(env)).toEqual([
      expect.stringMatching(/^FLUXGATE_SECRET is not set: it is required in production/),
    ]);
  });

  it.each([
    ['http://auth.example.com', false],
    ['http://127.evil.example', false],
    ['http://localhost.example.com', false],
    ['http://localhost:4000', true],
    ['http://127.0.0.1:4000', true],
    ['http://[::1]:4000', true],
  ])('over %s: %s', (publicUrl, allowed) => {
    const env = { ...PRODUCTION, FLUXGATE_PUBLIC_URL: publicUrl };
    if (allowed) expect(readConfig(env).publicUrl).toBe(publicUrl);
    else expect(problemsOf(env)).toEqual([expect.stringContaining('use https in production')]);
  });
});

describe('the lifetimes', () => {
  it.each([
    [
      { FLUXGATE_ACCESS_TTL: '900', FLUXGATE_REFRESH_IDLE_TTL: '899' },
      /^FLUXGATE_REFRESH_IDLE_TTL is 899: .* 900 seconds/,
    ],
    [{ FLUXGATE_REFRESH_ABSOLUTE_TTL: '604799' }, /^FLUXGATE_REFRESH_ABSOLUTE_TTL is 604799: .* 604800 seconds/],
    [
      { FLUXGATE_ACCESS_TTL: '5', FLUXGATE_REFRESH_IDLE_TTL: '30' },
      /^FLUXGATE_REFRESH_GRACE is 30: use less than FLUXGATE_REFRESH_IDLE_TTL, 30 seconds/,
    ],
  ])('have to fit together: %j', (env, expected) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(expected)]);
  });

  it('may be equal, the grace window aside', () => {
    const env = { FLUXGATE_ACCESS_TTL: '60', FLUXGATE_REFRESH_IDLE_TTL: '60', FLUXGATE_REFRESH_ABSOLUTE_TTL: '60' };
    expect(readConfig(env)).toMatchObject({ accessTtlSeconds: 60, refreshAbsoluteTtlSeconds: 60 });
  });

  it('are not compared with one that could not be read', () => {
    expect(problemsOf({ FLUXGATE_ACCESS_TTL: '86400', FLUXGATE_REFRESH_IDLE_TTL: 'a week' })).toHaveLength(1);
  });
});

describe('the audience of the services behind a proxy', () => {
  it('is another than that of access tokens', () => {
    expect(readConfig({ FLUXGATE_FORWARD_AUTH_AUDIENCE: 'apps' }).forwardAuthAudience).toBe('apps');
    const same = { FLUXGATE_AUDIENCE: 'apps', FLUXGATE_FORWARD_AUTH_AUDIENCE: 'apps' };
    expect(problemsOf(same)).toEqual([expect.stringMatching(/^FLUXGATE_FORWARD_AUTH_AUDIENCE is "apps": use another/)]);
  });
});

describe('cookies beyond this host', () => {
  const HTTPS = { FLUXGATE_PUBLIC_URL: 'https://auth.example.org' };

  it('are shared with a domain that the public URL is in', () => {
    expect(readConfig({ ...HTTPS, FLUXGATE_COOKIE_DOMAIN: '.Example.org' }).cookieDomain).toBe('example.org');
  });

  it.each([
    ['a public suffix', { ...HTTPS, FLUXGATE_COOKIE_DOMAIN: 'org' }, /use the domain that your hosts share/],
    ['an address', { ...HTTPS, FLUXGATE_COOKIE_DOMAIN: '127.0.0.1' }, /use the domain that your hosts share/],
    ['a domain of somebody else', { ...HTTPS, FLUXGATE_COOKIE_DOMAIN: 'example.com' }, /whose host is in that domain/],
    ['a look-alike', { ...HTTPS, FLUXGATE_COOKIE_DOMAIN: 'h.example.org' }, /whose host is in that domain/],
    ['plain http', { FLUXGATE_COOKIE_DOMAIN: 'example.org' }, /whose host is in that domain/],
    ['SameSite none over plain http', { FLUXGATE_COOKIE_SAMESITE: 'none' }, /over https only/],
    ['SameSite lax', { FLUXGATE_COOKIE_SAMESITE: 'lax' }, /use strict or none/],
  ])('are refused for %s', (_, env, why) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(why)]);
  });
});

describe('FLUXGATE_METRICS_PORT', () => {
  it('is not the port that the public reaches', () => {
    expect(problemsOf({ FLUXGATE_METRICS_PORT: '4000' })).toEqual([
      'FLUXGATE_METRICS_PORT is PORT: metrics have a port of their own.',
    ]);
    expect(readConfig({ FLUXGATE_METRICS_PORT: '9464' }).metricsPort).toBe(9464);
  });
});
