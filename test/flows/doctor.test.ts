import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { createExaminedDatabase, type ExaminedDatabase } from '../support/examined-database.js';
import { runCommand } from '../support/fluxgate-command.js';
import { cleanUp, makeDataDir, startFluxgate } from '../support/fluxgate-process.js';

/** In a process of its own, with nothing set but this. */
async function doctor(env: Record<string, string>): Promise<{ code: unknown; findings: Finding[]; stderr: string }> {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json'], {
    databaseUrl: '',
    env: { FLUXGATE_SECRET: '', FLUXGATE_LOG_LEVEL: 'silent', ...env },
  });
  return { code, findings: JSON.parse(stdout) as Finding[], stderr };
}

const failures = (findings: readonly Finding[]) => findings.filter(({ outcome }) => outcome === 'failed');

afterEach(cleanUp);

describe('fluxgate doctor with a database of one’s own', () => {
  let database: ExaminedDatabase;
  beforeAll(async () => (database = await createExaminedDatabase()));
  afterAll(() => database.drop());
  const command = (...args: string[]) => runCommand(['doctor', ...args], { databaseUrl: database.serverUrl });

  it('prints a line a check, and ends with 0', async () => {
    const { code, stdout, stderr } = await command();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ok +configuration +\d+ settings fit together, for test\n/);
    expect(stdout).toMatch(/^ok +signing keys +/m);
    expect(stdout).not.toMatch(/WARNING|FAILED|->/);
  });

  it('says under a failure what to do, and ends with 1', async () => {
    await database.admin(`REVOKE INSERT ON users FROM ${database.server}`);
    const { code, stdout } = await command();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^FAILED +privileges +the role \w+ lacks INSERT on users\n +-> grant with deploy\/postgres\/roles\.sql/m,
    );
    expect(stdout).toMatch(/^ok +clock/m);
  });

  it('goes no further than the database when it is not reached, without its password', async () => {
    const { code, stdout } = await runCommand(['doctor', '--json'], {
      databaseUrl: 'postgres://app:hunter2secret@127.0.0.1:1/auth',
    });
    expect(code).toBe(1);
    expect(failures(JSON.parse(stdout) as Finding[])).toEqual([
      {
        check: 'database',
        outcome: 'failed',
        saw: 'The database auth at 127.0.0.1:1 cannot be used: nothing listens there',
        advice: 'start PostgreSQL, or correct host and port in DATABASE_URL',
      },
    ]);
    expect(stdout).not.toContain('hunter2secret');
  });
});

describe('fluxgate doctor on settings', () => {
  it('tells all that are wrong, and looks at nothing else', async () => {
    const { code, findings } = await doctor({ PORT: 'http', FLUXGATE_SIGNUP: 'maybe' });
    expect(code).toBe(1);
    expect(findings).toEqual([
      expect.objectContaining({
        check: 'configuration',
        outcome: 'failed',
        saw: expect.stringContaining('PORT is "http"'),
      }),
      expect.objectContaining({
        check: 'configuration',
        outcome: 'failed',
        saw: expect.stringContaining('FLUXGATE_SIGNUP'),
      }),
    ]);
  });

  it('warns of a name that is none, and goes on', async () => {
    const { code, findings } = await doctor({ FLUXGATE_SINGUP: 'closed', FLUXGATE_DATA_DIR: await makeDataDir() });
    expect(code).toBe(0);
    expect(findings[0]).toMatchObject({
      check: 'configuration',
      outcome: 'warning',
      saw: 'FLUXGATE_SINGUP is not a setting: did you mean FLUXGATE_SIGNUP?',
    });
    expect(findings.map(({ check }) => check)).toContain('database');
  });

  it('warns of production on the embedded database', async () => {
    const { code, findings } = await doctor({
      NODE_ENV: 'production',
      FLUXGATE_ALLOW_EMBEDDED: '1',
      FLUXGATE_PUBLIC_URL: 'https://auth.example.com',
      FLUXGATE_SECRET: 'vJ3kX9qLr7Wm2ZsTf5Yh8BnCd1GpEu4A',
      FLUXGATE_DATA_DIR: await makeDataDir(),
    });
    expect(code).toBe(0);
    expect(findings[0]).toMatchObject({ outcome: 'warning', saw: expect.stringContaining('the embedded database') });
  });
});

describe('fluxgate doctor on a public address', () => {
  it.each([
    ['development', 'https://auth.example.com', 'warning'],
    ['development', 'http://localhost:4000', 'ok'],
    ['test', 'https://auth.example.com', 'ok'],
  ])('in %s, %s: %s', async (environment, publicUrl, outcome) => {
    const env = { NODE_ENV: environment, FLUXGATE_PUBLIC_URL: publicUrl, FLUXGATE_DATA_DIR: await makeDataDir() };
    const { code, findings } = await doctor(env);
    expect([code, findings[0]]).toEqual([0, expect.objectContaining({ check: 'configuration', outcome })]);
    if (outcome === 'warning') expect(findings[0]?.advice).toBe('set NODE_ENV=production');
  });
});

describe('fluxgate doctor with the embedded database', () => {
  it('makes nothing that is not there', async () => {
    const dataDir = await makeDataDir();
    const { code, findings } = await doctor({ FLUXGATE_DATA_DIR: dataDir });
    expect(code).toBe(0);
    expect(findings.at(-1)).toMatchObject({ check: 'database', saw: 'the embedded one, which the first start makes' });
    await expect(access(dataDir)).rejects.toThrow('ENOENT');
  });

  it('examines it beside the gateway that serves from it', async () => {
    const dataDir = await makeDataDir();
    const gateway = await startFluxgate({ dataDir });
    const { code, findings } = await doctor({ FLUXGATE_DATA_DIR: dataDir });
    expect([code, findings.filter(({ outcome }) => outcome !== 'ok')]).toEqual([0, []]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['secret', 'privileges', 'signing keys']),
    );
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });

  it.each([
    ['is missing', null, /^The secret in .* is missing/],
    ['is half-written', 'half-of-it', /^The secret in .* is damaged/],
  ])('fails when its secret %s, and makes no other', async (_, secret, saw) => {
    const dataDir = await makeDataDir();
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    if (secret !== null) await writeFile(join(dataDir, 'secret'), secret, { mode: 0o600 });
    const { code, findings } = await doctor({ FLUXGATE_DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(failures(findings)).toEqual([expect.objectContaining({ check: 'secret', saw: expect.stringMatching(saw) })]);
    if (secret === null) await expect(access(join(dataDir, 'secret'))).rejects.toThrow('ENOENT');
  });
});
