import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEmbeddedHome, serverPid, type EmbeddedHome } from '../support/embedded-home.js';
import { spawnGateway } from '../support/gateway-process.js';
import { query } from '../support/postgres.js';

let home: EmbeddedHome;
let passwordFile: string;
let password: string;

/** One database for all: what is tested here is what becomes of one that exists. */
beforeAll(async () => {
  home = await createEmbeddedHome();
  await home.start();
  await home.stop();
  passwordFile = join(home.dataDir, 'postgres-password');
  password = await readFile(passwordFile, 'utf8');
});

afterEach(async () => {
  await home.stop();
  await writeFile(passwordFile, password);
});

afterAll(() => home.remove());

describe('gateways that share a folder', () => {
  it('keep the server of another gateway, even of one that has no connection in use', async () => {
    const [first, second] = [await home.start(), await home.start()];
    expect([first.origin, second.origin]).toEqual(['started', 'adopted']);
    expect(await first.stop()).toBe('left running');
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await second.stop()).toBe('stopped');
  });

  it('find the server or start another one while it is being stopped', async () => {
    for (let round = 0; round < 5; round++) {
      const first = await home.start();
      const [, second] = await Promise.all([first.stop(), home.start()]);
      expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await second.stop();
    }
  });
});

describe('after a crash', () => {
  it('the server of a gateway that was killed with all its group is adopted', async () => {
    const gateway = spawnGateway(home.dataDir);
    const { url } = await gateway.database;
    await gateway.kill('with its group');

    const adopted = await home.start();
    expect(adopted.origin).toBe('adopted');
    expect(new URL(adopted.url).host).toBe(new URL(url).host);
    expect(await adopted.stop()).toBe('stopped');
  });

  it('a server that was killed too is started again, with every row that was committed', async () => {
    const gateway = spawnGateway(home.dataDir);
    const { url } = await gateway.database;
    await query(url, 'create table kept as select 42 as answer');
    await gateway.kill('alone');
    process.kill(await serverPid(home.dataDir), 'SIGKILL');

    const recovered = await home.start();
    expect(recovered.origin).toBe('started');
    expect(await query(recovered.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  it('a process id that another program has by now stops nobody from starting', async () => {
    const folder = join(home.dataDir, 'postgres');
    const { uid, gid } = await stat(folder);
    const sleeper = spawn('sleep', ['600'], { uid, gid, stdio: 'ignore', cwd: '/' });
    try {
      await once(sleeper, 'spawn');
      const leftover = join(folder, 'postmaster.pid');
      const lines = [sleeper.pid, folder, 1_700_000_000, 5432, '', '127.0.0.1', '  9978974         8', 'ready   ', ''];
      await writeFile(leftover, lines.join('\n'), { mode: 0o600 });
      await chown(leftover, uid, gid);

      expect((await home.start()).origin).toBe('started');
      expect(await serverPid(home.dataDir)).not.toBe(sleeper.pid);
      expect(sleeper.exitCode).toBeNull();
    } finally {
      sleeper.kill();
    }
  });

  it('a server that has dropped all connections is stopped all the same', async () => {
    const postgres = await home.start();
    await query(postgres.url, 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
    expect(await postgres.stop()).toBe('stopped');
    await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('what cannot be started says why in one sentence', () => {
  it.each([
    ['missing', () => rm(passwordFile), /postgres-password is missing/],
    ['empty', () => writeFile(passwordFile, ''), /postgres-password is empty/],
  ])('a database whose password file is %s', async (_, spoil, sentence) => {
    await spoil();
    await expect(home.start()).rejects.toThrow(sentence);
  });

  it('a running server that does not accept the password', async () => {
    await home.start();
    await writeFile(passwordFile, 'another\n');
    await expect(home.start()).rejects.toThrow(/does not accept the password/);
  });

  it('a server that refuses its settings', async () => {
    const sentence =
      /^The embedded PostgreSQL did not start \(.*postgres\.log\): FATAL: {2}invalid value for .*shared_buffers/;
    await expect(home.start({ shared_buffers: 'plenty' })).rejects.toThrow(sentence);
  });
});
