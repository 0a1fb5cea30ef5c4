import { once } from 'node:events';
import { access, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  cleanUp,
  databasePid,
  makeDataDir,
  NOBODY,
  refusedStart,
  startFluxgate,
  stopFluxgate,
  type FluxgateOptions,
} from '../support/fluxgate-process.js';
import { freePort, TEST_SECRET } from '../support/gateway.js';
import { databaseUrl } from '../support/postgres.js';

let dataDir: string;
beforeEach(async () => (dataDir = await makeDataDir()));
afterEach(cleanUp);

/** What a start says that ends with 1, no stack trace, no ready line and no database server. */
async function refusal(options: Partial<FluxgateOptions> = {}): Promise<string> {
  const { code, stdout, stderr } = await refusedStart({ dataDir, ...options });
  expect(code).toBe(1);
  expect(stderr).not.toMatch(/^\s+at |Error:/m);
  expect(stdout).not.toContain('fluxgate ready');
  expect(await databasePid(dataDir)).toBeNull();
  return stderr.trimEnd();
}

describe('a port in use', () => {
  it('is one sentence, and nothing has been made yet', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    expect(await refusal({ port })).toBe(
      `Port ${port} is in use: stop the program that listens there, or set PORT to another one.`,
    );
    holder.close();
    await expect(access(dataDir)).rejects.toThrow('ENOENT');
  });
});

describe('a data folder', () => {
  it('that cannot be made or written is one sentence', async () => {
    await chmod(dirname(dataDir), 0o555);
    const said = await refusal({ account: NOBODY }); // modes do not bind root
    expect(said).toMatch(
      /^The data folder .* cannot be created or written .* set FLUXGATE_DATA_DIR to a folder that is\.$/,
    );
    expect(said).toContain(dataDir);
  });

  it('that is a file is one sentence', async () => {
    await writeFile(dataDir, '');
    expect(await refusal()).toMatch(/^The data folder .* cannot be created or written .*\.$/);
  });
});

describe('the secret', () => {
  it('that is half-written is refused and kept as it is, before the database is touched', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'secret'), 'half-of-it', { mode: 0o600 });
    expect(await refusal()).toMatch(/^The secret in .* is damaged \(10 bytes .*: restore that file .*\.$/);
    expect(await readFile(join(dataDir, 'secret'), 'utf8')).toBe('half-of-it');
    await expect(access(join(dataDir, 'postgres'))).rejects.toThrow('ENOENT');
  });

  it('that was deleted beside its database is asked for, and no other takes its place', async () => {
    await stopFluxgate(await startFluxgate({ dataDir }));
    const secret = await readFile(join(dataDir, 'secret'), 'utf8');
    await rm(join(dataDir, 'secret'));

    const said = await refusal();
    expect(said).toMatch(
      /^The secret in .* is missing, .* signing keys .* cannot be decrypted: restore that file .*\.$/,
    );
    await expect(access(join(dataDir, 'secret'))).rejects.toThrow('ENOENT');

    await writeFile(join(dataDir, 'secret'), secret, { mode: 0o600 });
    await startFluxgate({ dataDir });
  });

  it('that is another one than the database was made with is refused, and the database stopped again', async () => {
    await stopFluxgate(await startFluxgate({ dataDir }));
    const said = await refusal({ env: { FLUXGATE_SECRET: TEST_SECRET } });
    expect(said).toBe(
      'FLUXGATE_SECRET is not the secret that this database was made with: its signing keys cannot be decrypted. ' +
        'Start with the secret used before, or name it in FLUXGATE_SECRET_PREVIOUS.',
    );
  });
});

describe('settings', () => {
  it('that are wrong are all told at once, a line each', async () => {
    const said = await refusal({
      env: { PORT: 'http', FLUXGATE_SIGNUP: 'maybe', FLUXGATE_ACCESS_TTL: '15m', FLUXGATE_SECRET: 'short' },
    });
    const names = said.split('\n').map((line) => line.split(' ', 1)[0]);
    expect(names).toEqual(['PORT', 'FLUXGATE_SECRET', 'FLUXGATE_SIGNUP', 'FLUXGATE_ACCESS_TTL']);
    expect(said).not.toContain('short');
  });

  it('whose name is no setting are pointed out, with the one that was meant', async () => {
    const fluxgate = await startFluxgate({ dataDir, env: { FLUXGATE_SINGUP: 'closed' } });
    expect(fluxgate.stdout()).toContain('FLUXGATE_SINGUP is not a setting: did you mean FLUXGATE_SIGNUP?');
  });
});

describe('DATABASE_URL', () => {
  it.each([
    ['of a port where nothing listens', async () => `postgres://app:hunter2secret@127.0.0.1:${await freePort()}/app`],
    ['of a name with several addresses', async () => `postgres://app:hunter2secret@localhost:${await freePort()}/app`],
    ['of a host that does not exist', () => Promise.resolve('postgres://app:hunter2secret@no.such.host.invalid/app')],
    ['with a wrong password', () => Promise.resolve(onSharedServer({ password: 'hunter2secret' }))],
    ['of a database that does not exist', () => Promise.resolve(onSharedServer({ database: 'absent' }))],
  ])('%s is one sentence without the password', async (_, makeUrl) => {
    const url = await makeUrl();
    const { host, password, pathname } = new URL(url);
    const said = await refusal({ env: { DATABASE_URL: url, FLUXGATE_SECRET: TEST_SECRET } });
    expect(said).toMatch(
      new RegExp(`^The database ${pathname.slice(1)} at ${host} cannot be used: [^\\n]{10,200}[^.]\\.$`),
    );
    expect(said).not.toContain(password);
    expect(said).not.toContain('AggregateError');
    await expect(access(dataDir)).rejects.toThrow('ENOENT');
  });
});

function onSharedServer({ password, database }: { password?: string; database?: string }): string {
  const url = new URL(databaseUrl(process.env['FLUXGATE_TEST_POSTGRES_URL'] ?? '', database ?? 'postgres'));
  if (password !== undefined) url.password = password;
  return url.href;
}
