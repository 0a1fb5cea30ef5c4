import { chmod, mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createEmbeddedHome, type EmbeddedHome } from '../support/embedded-home.js';
import { spawnGateway } from '../support/gateway-process.js';
import { query } from '../support/postgres.js';

const asRoot = process.getuid?.() === 0;
let home: EmbeddedHome;

beforeEach(async () => {
  home = await createEmbeddedHome();
});

afterEach(() => home.remove());

async function show(url: string, setting: string): Promise<string | undefined> {
  const [row] = await query<{ value: string }>(url, 'select current_setting($1) as value', [setting]);
  return row?.value;
}

describe('the embedded PostgreSQL', () => {
  it('is created once, and keeps its rows when it is stopped and started', async () => {
    const first = await home.start();
    expect(first.origin).toBe('created');
    await query(first.url, 'create table kept as select 42 as answer');
    expect(await first.stop()).toBe('stopped');
    await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

    const second = await home.start();
    expect(second.origin).toBe('started');
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(home.progress.map((line) => line.split(' ', 1)[0])).toEqual(['Creating', 'Starting', 'Starting']);
  });

  it('is durable, speaks UTF-8, keeps to the loopback address and is closed to strangers', async () => {
    const { url } = await home.start({});
    for (const [setting, value] of [
      ['fsync', 'on'],
      ['full_page_writes', 'on'],
      ['synchronous_commit', 'on'],
      ['server_encoding', 'UTF8'],
      ['listen_addresses', '127.0.0.1'],
      ['unix_socket_directories', ''],
      ['data_directory', await realpath(join(home.dataDir, 'postgres'))],
    ] as const) {
      expect([setting, await show(url, setting)]).toEqual([setting, value]);
    }
    expect(await query(url, `select lower('ÄÉΣ') as lower, 'Z' < 'a' as by_code_point`)).toEqual([
      { lower: 'äéσ', by_code_point: true },
    ]);

    const stranger = new URL(url);
    stranger.password = 'guessed';
    await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
    const modes = ['postgres-password', 'postgres.log', 'postgres'].map(
      async (name) => (await stat(join(home.dataDir, name))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o600, 0o600, 0o700]);
  });

  it('knows nothing of our environment, which may hold secrets', async () => {
    const { url } = await home.start();
    const environment = `pg_read_binary_file('/proc/self/environ', true)`; // null where there is no /proc
    const leaks = await query(url, `select position('PATH=' in ${environment}) > 0 is true as leaks`);
    expect(leaks).toEqual([{ leaks: false }]);
  });

  it('works in a folder that is closed to other accounts, and stays where it is when that folder is opened', async () => {
    await chmod(home.folder, 0o700);
    const first = await home.start();
    const folder = await show(first.url, 'data_directory');
    const parent = join(await realpath(tmpdir()), asRoot ? 'fluxgate-' : 'fluxgate embedded ');
    expect(folder?.startsWith(parent)).toBe(true);
    expect(home.progress.some((line) => line.includes('cannot enter'))).toBe(asRoot);
    await first.stop();

    await chmod(home.folder, 0o711);
    const again = await home.start();
    expect([again.origin, await show(again.url, 'data_directory')]).toEqual(['started', folder]);
    await again.stop();
    await rm(join(folder!, '..'), { recursive: true });
  });

  it('is one server for gateways that start at once, and the last to stop stops it', async () => {
    const gateways = [spawnGateway(home.dataDir), spawnGateway(home.dataDir), spawnGateway(home.dataDir)];
    const databases = await Promise.all(gateways.map((gateway) => gateway.database));
    expect(new Set(databases.map(({ url }) => new URL(url).host)).size).toBe(1);
    expect(databases.filter(({ origin }) => origin !== 'adopted')).toHaveLength(1);

    const outcomes: unknown[] = [];
    for (const gateway of gateways) outcomes.push(await gateway.stop());
    expect(outcomes).toEqual(['left running', 'left running', 'stopped']);
  });

  it.each(['alone', 'with its group'] as const)(
    'is created although a gateway was killed, %s, while it did so',
    async (whom) => {
      const gateway = spawnGateway(home.dataDir);
      expect(await Promise.race([begun(), gateway.database])).toBe('begun');
      await gateway.kill(whom);
      expect(await entries()).not.toContain('postgres');

      const { origin, url } = await home.start();
      expect(origin).toBe('created');
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
      if (whom === 'with its group') expect((await entries()).filter((name) => name.includes('.new-'))).toEqual([]);
    },
  );

  /** Polls: the process that this happens in is killed before it could tell. */
  async function begun(): Promise<'begun'> {
    while (!(await entries()).some((name) => name.startsWith('postgres.new-'))) await pause(2);
    return 'begun';
  }

  async function entries(): Promise<string[]> {
    return readdir(home.dataDir).catch(() => []);
  }
});

describe('what cannot be started says why in one sentence', () => {
  it('a data folder that cannot be created', async () => {
    await writeFile(home.dataDir, 'a file');
    const sentence = /^The data folder .* cannot be created or written \(.*FLUXGATE_DATA_DIR/;
    await expect(home.start()).rejects.toThrow(sentence);
  });

  it.each([
    ['another release', '17\n', /was written by PostgreSQL 17 and this is PostgreSQL 18/],
    ['another program', null, /is not a PostgreSQL data folder/],
  ])('a data folder of %s', async (_, release, sentence) => {
    await mkdir(join(home.dataDir, 'postgres'), { recursive: true });
    await writeFile(join(home.dataDir, 'postgres-password'), 'secret\n');
    if (release !== null) await writeFile(join(home.dataDir, 'postgres', 'PG_VERSION'), release);
    await expect(home.start()).rejects.toThrow(sentence);
  });
});
