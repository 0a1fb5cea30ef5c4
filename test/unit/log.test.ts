import { spawnSync } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createLogger, linesTo, type Logger } from '../../src/log.js';

const REFRESH_TOKEN = 'fgr_AQcBmMDeAABwAIAAAAAAAAD_AAAAAAAAACm3vK2yqkXlTz0-_1bYwR8n';
const ACCESS_TOKEN = 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk4YzBkZSJ9.c2lnbmF0dXJl-_0';
const ARGON2 = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$aGFzaGhhc2hoYXNoaGFzaA';
const BCRYPT = '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW';
const PASSWORD = 'correct horse';

let lines: string[];
let log: Logger;

beforeEach(() => {
  lines = [];
  log = createLogger({ level: 'trace', pretty: false, destination: { write: (text) => lines.push(text) } });
});

describe('a line', () => {
  it('is one JSON object with its time, level, message and request id', () => {
    log.child({ requestId: 'req-1' }).info({ route: '/graphql' }, 'answered %d', 200);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      msg: 'answered 200',
      requestId: 'req-1',
      route: '/graphql',
    });
  });

  it('is not written below the level', () => {
    const quiet = createLogger({ level: 'warn', pretty: false, destination: { write: (text) => lines.push(text) } });
    quiet.info('nothing');
    quiet.warn('something');
    expect(lines).toHaveLength(1);
  });

  it('keeps what is no secret', () => {
    const facts = {
      passwordVersion: 3,
      tokenCount: 600,
      hasPassword: true,
      password: null,
      code: 'INVALID_CREDENTIALS',
      url: 'http://localhost:4000/graphql?a=1',
      user: { email: 'ada@example.com', id: '0198c0de-0000-7000-8000-0000000000ff' },
    };
    log.info(facts, 'newPassword: must have at least 8 characters');
    expect(JSON.parse(lines[0]!)).toMatchObject({ ...facts, msg: 'newPassword: must have at least 8 characters' });
  });
});

describe('a value whose name says that it is secret', () => {
  it.each([
    'password',
    'newPassword',
    'currentPassword',
    'passwordHash',
    'password_hash',
    'token',
    'refreshToken',
    'accessToken',
    'access_token',
    'idToken',
    'secret',
    'clientSecret',
    'FLUXGATE_SECRET',
    'privateKey',
    'cookie',
    'set-cookie',
    'Set-Cookie',
    'cookies',
    'Authorization',
    'proxy-authorization',
    'x-api-key',
  ])('is hidden at any depth: %s', (name) => {
    const secret = { [name]: PASSWORD };
    log.info({ ...secret, a: { ...secret, b: [{ ...secret, c: { d: { e: { f: secret } } } }] } });
    log.info({ [name]: [PASSWORD], a: { [name]: { inside: PASSWORD } } });
    log.child({ input: secret }).info('from a child');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain(PASSWORD);
    expect(JSON.parse(lines[0]!).a.b[0][name]).toBe('[Redacted]');
  });

  it('is hidden when it is a number too', () => {
    log.info({ variables: { password: 12345678 } });
    expect(lines[0]).not.toContain('12345678');
  });

  it('is not reached beyond a depth where nothing is shown', () => {
    let value: unknown = { note: PASSWORD };
    for (let depth = 0; depth < 5000; depth++) value = { value };
    log.info({ value });
    expect(lines[0]).toContain('[Too deep]');
    expect(lines[0]).not.toContain(PASSWORD);
  });
});

describe('a text that holds a secret', () => {
  const texts: [string, string, string, string][] = [
    ['a refresh token', `got ${REFRESH_TOKEN} twice`, REFRESH_TOKEN, 'got [Redacted] twice'],
    ['a refresh token in a cookie', `__Host-fluxgate_refresh=${REFRESH_TOKEN}; Path=/`, REFRESH_TOKEN, 'Path=/'],
    ['an access token', `Bearer ${ACCESS_TOKEN}.`, ACCESS_TOKEN.slice(0, 30), 'Bearer [Redacted]'],
    ['an access token without its signature', ACCESS_TOKEN.replace(/\.[^.]*$/, ''), 'eyJzdWI', '[Redacted]'],
    ['an access token in a percent-encoded text', `%22${ACCESS_TOKEN}%22`, 'eyJzdWI', '[Redacted]'],
    ['credentials of HTTP Basic', 'Basic YWRhOmNvcnJlY3QgaG9yc2U=', 'YWRhOm', 'Basic [Redacted]'],
    ['an argon2 hash', `verify(${ARGON2})`, 'aGFzaGhhc2g', 'verify([Redacted])'],
    ['a bcrypt hash', `stored ${BCRYPT} ok`, 'R9h/cIPz0gi', 'stored [Redacted] ok'],
    [
      'a database password',
      'to postgres://app:hunter2@db:5432/auth failed',
      'hunter2',
      'postgres://app:[Redacted]@db:5432/auth failed',
    ],
    ['an odd database password', 'postgresql://app:hun/te@r2@db/auth', 'te@r2', 'postgresql://app:[Redacted]@db/auth'],
    ['a Redis password', 'redis://:hunter2@cache:6379', 'hunter2', 'redis://:[Redacted]@cache:6379'],
    [
      'a password in a connection string',
      'host=db password=hunter2 user=app',
      'hunter2',
      'password=[Redacted] user=app',
    ],
    ['a token in a URL', '/reset?token=abc123&next=/', 'abc123', '/reset?token=[Redacted]&next=/'],
    ['a code in a URL', '/callback?code=abc123&state=x', 'abc123', 'code=[Redacted]&state=x'],
    [
      'a password in a GraphQL document',
      '{ login(input: { email: "a@b.c", password: "hun\\"ter2" }) }',
      'ter2',
      'password: "[Redacted]" }',
    ],
    [
      'a password in a JSON text',
      JSON.stringify({ password: 'hunter2', a: 1 }),
      'hunter2',
      '"password":"[Redacted]","a":1',
    ],
    [
      'a password in JSON inside JSON',
      JSON.stringify(JSON.stringify({ password: 'hun"ter2', a: 1 })),
      'ter2',
      String.raw`{\"password\":\"[Redacted]\",\"a\":1}`,
    ],
    [
      'a password in a block string',
      'f(password: """hunter2""", a: 1)',
      'hunter2',
      'password: """[Redacted]""", a: 1)',
    ],
  ];

  it.each(texts)('does not show it: %s', (_, text, secret, rest) => {
    log.info(text);
    log.info({ text, [text]: 1, nested: [{ deep: { text } }] }, 'object');
    log.info('formatted %s %j', text, { text });
    log.child({ text }).info('child');
    log.error(new Error(text));
    expect(lines).toHaveLength(5);
    expect(lines.join('')).not.toContain(secret);
    expect(JSON.parse(lines[0]!).msg).toContain(rest);
  });

  it.each(texts)('does not show it in an error, its stack or its causes: %s', (_, text, secret) => {
    const cause = Object.assign(new Error(`inner ${text}`), { query: text, params: [text] });
    const error = new AggregateError([new Error(text)], `outer ${text}`, { cause });
    log.error({ err: error }, 'failed');
    const { err } = JSON.parse(lines[0]!);
    expect(err.stack).toContain('log.test.ts');
    expect(err.message).toContain('outer');
    expect(lines.join('')).not.toContain(secret);
  });

  it('does not show it in a request as serializers describe it', () => {
    const serializers = { req: (request: { url: string; headers: object }) => ({ ...request, method: 'POST' }) };
    const headers = { authorization: PASSWORD, cookie: PASSWORD, referer: '/?token=hunter2', 'user-agent': 'curl/8' };
    log.child({}, { serializers }).info({ req: { url: `/x?token=${REFRESH_TOKEN}`, headers } });
    expect(JSON.parse(lines[0]!).req).toEqual({
      method: 'POST',
      url: '/x?token=[Redacted]',
      headers: {
        authorization: '[Redacted]',
        cookie: '[Redacted]',
        referer: '/?token=[Redacted]',
        'user-agent': 'curl/8',
      },
    });
  });

  it('does not show what follows a quote that is never closed', () => {
    log.info('{ login(input: { password: "hunter2 and more');
    expect(JSON.parse(lines[0]!).msg).toBe('{ login(input: { password: "[Redacted]"');
  });

  it('is cut when it is very long', () => {
    log.info({ text: 'x'.repeat(1_000_000) });
    expect(lines[0]!.length).toBeLessThan(10_000);
    expect(lines[0]).toContain('(1000000 characters)');
  });
});

describe('a value that JSON has no word for', () => {
  it('does not stop the line', () => {
    const circle: Record<string, unknown> = { password: PASSWORD };
    circle['self'] = circle;
    log.info({ circle, counter: 41n, text: undefined, run: () => 1, broken: { toJSON: () => undefined } }, 'odd');
    expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'odd', counter: 41 });
    expect(lines[0]).not.toContain(PASSWORD);
  });
});

describe('lines to a file', () => {
  it('are written together once the turn of the event loop is over', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'fluxgate-log-')), 'log');
    const toFile = createLogger({ level: 'info', pretty: false, destination: linesTo(openSync(path, 'w')) });
    toFile.info('one');
    toFile.info('two');
    expect(readFileSync(path, 'utf8')).toBe('');
    await nextTurn();
    expect(readFileSync(path, 'utf8')).toMatch(/^\{.*"msg":"one"\}\n\{.*"msg":"two"\}\n$/);
  });

  it('are not lost when the process ends in the same turn', () => {
    const program = `
      const { createLogger, linesTo } = await import(${JSON.stringify(new URL('../../dist/src/log.js', import.meta.url).href)});
      createLogger({ level: 'info', pretty: false, destination: linesTo(1) }).info('last words');
      process.exit(3);`;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
    expect([status, stdout.toString()]).toEqual([3, expect.stringMatching(/^\{.*"msg":"last words"\}\n$/)]);
  });
});

describe('in a terminal', () => {
  it('a line is for people, and redacted the same way', () => {
    const pretty = createLogger({ level: 'info', pretty: true, destination: { write: (text) => lines.push(text) } });
    pretty.child({ requestId: 'req-1' }).warn({ password: PASSWORD, err: new Error(REFRESH_TOKEN) }, 'refused');
    const shown = stripVTControlCharacters(lines.join(''));
    expect(shown).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: refused\n/);
    expect(shown).toContain('requestId: "req-1"');
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain(REFRESH_TOKEN);
  });
});
