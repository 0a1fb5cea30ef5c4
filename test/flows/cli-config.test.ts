import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SETTINGS } from '../../src/config.js';
import { expectSentence } from '../support/expect-sentence.js';
import { runCommand, type CommandEnd } from '../support/fluxgate-command.js';
import { TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const NOWHERE = 'postgres://ada:hunter2hunter2@db.invalid:5432/auth';
const BIN = fileURLToPath(new URL('../../bin/fluxgate.mjs', import.meta.url));

/** Without those that have the name of a provider in theirs: there are as many of them as there are providers. */
const NAMED = SETTINGS.map(({ name }) => name).filter((name) => !name.includes('<'));

interface Row {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxgate config '));
});
afterAll(() => rm(folder, { recursive: true }));

function config(env: Record<string, string>, ...args: string[]): Promise<CommandEnd> {
  return runCommand(['config', ...args], { databaseUrl: NOWHERE, env });
}

async function rows(env: Record<string, string>): Promise<Map<string, Row>> {
  const { code, stdout, stderr } = await config(env, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return new Map((JSON.parse(stdout) as Row[]).map((row) => [row.name, row]));
}

/** A mounted file. @returns its path. */
async function mount(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('config', () => {
  it('names every setting there is, without a database', async () => {
    expect([...(await rows({})).keys()]).toEqual(NAMED);
  });

  it('names those of each provider that there is, with its secret masked', async () => {
    const found = await rows({
      FLUXGATE_PROVIDERS: 'acme',
      FLUXGATE_PROVIDER_ACME_ISSUER: 'https://id.acme.test',
      FLUXGATE_PROVIDER_ACME_CLIENT_ID: 'fluxgate',
      FLUXGATE_PROVIDER_ACME_CLIENT_SECRET: 'hunter2hunter2',
    });
    expect(found.get('FLUXGATE_PROVIDER_ACME_ISSUER')).toMatchObject({ value: 'https://id.acme.test' });
    expect(found.get('FLUXGATE_PROVIDER_ACME_CLIENT_SECRET')).toMatchObject({ value: '********' });
  });

  it('says where each comes from', async () => {
    const secretFile = await mount('secret', `${TEST_SECRET}\n`);
    const found = await rows({ PORT: '4123', FLUXGATE_SECRET: '', FLUXGATE_SECRET_FILE: secretFile });
    expect(found.get('PORT')).toMatchObject({ value: '4123', source: 'environment' });
    expect(found.get('FLUXGATE_SECRET')).toMatchObject({ source: 'file' });
    expect(found.get('FLUXGATE_ACCESS_TTL')).toMatchObject({ value: '900', source: 'default' });
  });

  it('spells each value as its variable does', async () => {
    const env = { FLUXGATE_INTROSPECTION: 'off', FLUXGATE_CORS_ORIGINS: 'https://a.test, https://b.test' };
    const found = await rows(env);
    expect(found.get('FLUXGATE_INTROSPECTION')?.value).toBe('off');
    expect(found.get('FLUXGATE_ALLOW_EMBEDDED')?.value).toBe('0');
    expect(found.get('FLUXGATE_CORS_ORIGINS')?.value).toBe('https://a.test,https://b.test');
    const again = Object.fromEntries(
      [...found.values()].filter(({ value }) => value !== '********').map(({ name, value }) => [name, value]),
    );
    expect([...(await rows(again)).values()].map(({ value }) => value)).toEqual(
      [...found.values()].map(({ value }) => value),
    );
  });

  it.each(['--json', '--'])('masks secrets (%s)', async (option) => {
    const { code, stdout, stderr } = await config(
      { FLUXGATE_SECRET_PREVIOUS: [...TEST_SECRET].reverse().join('') },
      option,
    );
    expect(code).toBe(0);
    expect(stdout.match(/\*{8}/g)).toHaveLength(3);
    expect(stdout + stderr).not.toMatch(/hunter2|vJ3kX9q|q9Xk3Jv/);
  });

  it('reports every problem at once, as starting would', async () => {
    const { code, stdout, stderr } = await config({ PORT: 'x', FLUXGATE_ACCESS_TTL: '15m', FLUXGATE_SECRET: 'short' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual(['FLUXGATE_ACCESS_TTL', 'FLUXGATE_SECRET', 'PORT']);
  });

  it('points out names that are no settings, beside the answer', async () => {
    const { code, stdout, stderr } = await config({ FLUXGATE_SINGUP: 'closed' }, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(NAMED.length);
    expect(stderr).toContain('FLUXGATE_SINGUP is not a setting: did you mean FLUXGATE_SIGNUP?');
  });
});

describe('secrets that are mounted as files', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('are what a command uses', async () => {
    const env = {
      DATABASE_URL: '',
      DATABASE_URL_FILE: await mount('url', `${database.url}\n`),
      FLUXGATE_SECRET: '',
      FLUXGATE_SECRET_FILE: await mount('secret', TEST_SECRET),
    };
    expect(await runCommand(['users', 'list'], { databaseUrl: '', env })).toEqual({
      code: 0,
      stdout: 'none\n',
      stderr: '',
    });
  });

  it.each(['users list', 'config'])('are one sentence to %s when they are not there', async (command) => {
    const path = join(folder, 'not mounted');
    const env = { FLUXGATE_SECRET: '', FLUXGATE_SECRET_FILE: path };
    expectSentence(
      await runCommand(command.split(' '), { databaseUrl: database.url, env }),
      `FLUXGATE_SECRET_FILE is ${JSON.stringify(path)}, which cannot be read: ENOENT: no such file or directory, open '${path}'.`,
    );
  });
});

describe('a mistake in what is typed', () => {
  it.each([
    ['usres list', "unknown command 'usres'\n(Did you mean users?)", 'fluxgate --help'],
    ['users lst', "unknown command 'lst'\n(Did you mean list?)", 'fluxgate users --help'],
    ['keys list --jsn', "unknown option '--jsn'\n(Did you mean --json?)", 'fluxgate keys list --help'],
    ['users disable', "missing required argument 'user'", 'fluxgate users disable --help'],
    [
      'users create --email a@example.org',
      "required option '--name <name>' not specified",
      'fluxgate users create --help',
    ],
    [
      'config extra',
      "too many arguments for 'config'. Expected 0 arguments but got 1: extra.",
      'fluxgate config --help',
    ],
    ['serve --port=80', "unknown option '--port=80'", 'fluxgate serve --help'],
  ])('(%s) is exit code 1, what is wrong, and where to read on', async (typed, wrong, help) => {
    const { code, stdout, stderr } = await runCommand(typed.split(' '), { databaseUrl: NOWHERE });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${wrong}\nHow it is used: ${help}\n`,
    });
  });
});

describe('bin/fluxgate.mjs', () => {
  it('is the same program, and needs neither settings nor a database to explain itself', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [BIN, '--help'], { cwd: folder, env: {} });
    expect(stdout).toContain('Usage: fluxgate [options] [command]');
    expect(stdout).toMatch(/^  serve +start the gateway/m);
  });

  it('hands the exit code on', async () => {
    const run = promisify(execFile)(process.execPath, [BIN, 'config'], { cwd: folder, env: { PORT: 'x' } });
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^PORT is "x": /) });
  });
});
