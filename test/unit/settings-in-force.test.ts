import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, settingsInForce } from '../../src/config.js';
import { StartupError } from '../../src/errors.js';
import { TEST_SECRET } from '../support/gateway.js';

let folder: string;
let secretFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluxgate-secrets-'));
  secretFile = join(folder, 'secret');
  await writeFile(secretFile, `${TEST_SECRET}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a secret that is mounted as a file', () => {
  it('is read without its last line break', () => {
    expect(readConfig({ FLUXGATE_SECRET_FILE: secretFile })).toMatchObject({ secret: TEST_SECRET, warnings: [] });
  });

  it('is refused when the variable itself is set too', () => {
    const both = { FLUXGATE_SECRET_FILE: secretFile, FLUXGATE_SECRET: TEST_SECRET };
    expect(() => readConfig(both)).toThrow('FLUXGATE_SECRET and FLUXGATE_SECRET_FILE are both set: keep one.');
  });

  it('is one sentence when it cannot be read', () => {
    const missing = () => readConfig({ DATABASE_URL_FILE: join(folder, 'nothing') });
    expect(missing).toThrow(StartupError);
    expect(missing).toThrow(/^DATABASE_URL_FILE is ".*nothing", which cannot be read: ENOENT.*$/m);
  });

  it('is judged as strictly as one from the environment, and not repeated', async () => {
    const weak = join(folder, 'weak');
    await writeFile(weak, 'changeme-changeme-changeme-changeme');
    expect(() => readConfig({ FLUXGATE_SECRET_FILE: weak })).toThrow(/^FLUXGATE_SECRET cannot be used: (?!.*changeme)/);
  });

  it('is not for settings that are no secret', () => {
    expect(readConfig({ FLUXGATE_AUDIENCE_FILE: secretFile })).toMatchObject({
      audience: 'fluxgate',
      warnings: [expect.stringContaining('FLUXGATE_AUDIENCE_FILE')],
    });
  });
});

describe('the settings in force', () => {
  it('say where each comes from, and mask secrets', () => {
    const env = { PORT: '4123', FLUXGATE_SECRET_FILE: secretFile, DATABASE_URL: 'postgres://u:pass@db.example/x' };
    const rows = new Map(settingsInForce(env).map(({ name, ...row }) => [name, row]));
    expect(rows.get('PORT')).toEqual({ value: '4123', source: 'environment' });
    expect(rows.get('FLUXGATE_SECRET')).toEqual({ value: '********', source: 'file' });
    expect(rows.get('FLUXGATE_ACCESS_TTL')).toEqual({ value: '900', source: 'default' });
    expect(JSON.stringify([...rows])).not.toContain('pass@');
    expect(JSON.stringify([...rows])).not.toContain(TEST_SECRET);
  });

  it('report every problem, as starting would', () => {
    expect(() => settingsInForce({ PORT: 'x', FLUXGATE_ACCESS_TTL: 'y' })).toThrow(/PORT[^]*FLUXGATE_ACCESS_TTL/);
  });
});
