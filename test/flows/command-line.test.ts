import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';
import { runCommand } from '../support/fluxgate-command.js';
import { freePort, TEST_SECRET } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const MANIFEST = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
const fluxgate = (...args: string[]) => runCommand(args, { databaseUrl: '' });

describe('fluxgate', () => {
  it.each(['--version', '-V'])('says which version it is, wherever it is started from: %s', async (flag) => {
    expect(await fluxgate(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists every command, and explains those below one on `help`', async () => {
    const { code, stdout } = await fluxgate('--help');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ {2}serve .*[^]*^ {2}sessions /m)]);
    expect((await fluxgate('help', 'users')).stdout).toMatch(/^ {2}set-password /m);
  });

  it.each([
    ['uesrs', 'users', 'fluxgate --help'],
    ['users lst', 'list', 'fluxgate users --help'],
    ['serve --prot', null, 'fluxgate serve --help'],
  ])('says of `%s` what was meant, and where to read on', async (line, meant, help) => {
    const { code, stdout, stderr } = await fluxgate(...line.split(' '));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`How it is used: ${help}`);
    if (meant) expect(stderr).toContain(`(Did you mean ${meant}?)`);
  });

  it('exits with 1 when what follows a command is missing, and with its help', async () => {
    expect(await fluxgate('users')).toMatchObject({ code: 1, stderr: expect.stringContaining('set-password') });
  });
});

describe('a reader that has seen enough', () => {
  it.each(['config', 'config --json', '--help'])('costs no stack and no exit code: %s | head', async (line) => {
    const command = spawnUnread(line.split(' '));
    let stderr = '';
    command.stderr.on('data', (text) => (stderr += text));
    expect(await once(command, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });

  it('does not take the gateway with it', async () => {
    const database = await createTestDatabase();
    const port = String(await freePort());
    const env = { NODE_ENV: 'test', DATABASE_URL: database.url, FLUXGATE_SECRET: TEST_SECRET, PORT: port };
    const gateway = spawnUnread(['serve'], env);
    const statusOf = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status, String);
    await eventually(statusOf, (status) => status === 200);

    expect((await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`)).status).toBe(200);
    gateway.kill('SIGTERM');
    expect(await once(gateway, 'close')).toEqual([0, null]);
    await database.drop();
  });
});

/** Whatever it writes to standard output has nowhere to go. */
function spawnUnread(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  return child;
}
