import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { reachableBinaries } from '../../src/installation/embedded-postgres/binaries-copy.js';
import { completeInstall, type Binaries } from '../../src/installation/embedded-postgres/binaries.js';

const stranger = { name: 'stranger', uid: 64_000, gid: 64_000 };
let home: string;
let binaries: Binaries;
const progress: string[] = [];

/** Files in the places of PostgreSQL's, in a folder that only we can enter. */
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fluxgate binaries '));
  const folder = join(home, 'native');
  for (const part of ['bin', 'lib', 'share/postgresql']) await mkdir(join(folder, part), { recursive: true });
  for (const program of ['postgres', 'initdb', 'pg_ctl']) {
    await writeFile(join(folder, 'bin', program), program, { mode: 0o700 });
  }
  await writeFile(join(folder, 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 });
  await writeFile(join(folder, 'share', 'postgresql', 'postgres.bki'), 'catalog', { mode: 0o600 });
  await symlink('libpq.so.5.18', join(folder, 'lib', 'libpq.so.5'));
  binaries = { folder, version: `test-${basename(home).slice(-6)}`, major: '18' };
  progress.length = 0;
});

afterEach(async () => {
  await rm(home, { recursive: true });
  await rm(join(tmpdir(), `fluxgate-postgresql-${binaries.version}`), { recursive: true, force: true });
});

function place(): Promise<Binaries> {
  return reachableBinaries(binaries, stranger, (line) => progress.push(line));
}

describe('binaries that the account cannot reach', () => {
  it('are copied to a folder where it can run them and not change them', async () => {
    const { folder } = await place();
    expect(basename(folder)).toBe(`fluxgate-postgresql-${binaries.version}`);
    const modes = ['.', 'bin', 'bin/postgres', 'lib/libpq.so.5.18', 'share/postgresql/postgres.bki'].map(
      async (path) => (await stat(join(folder, path))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o755, 0o644, 0o644]);
    expect(await readlink(join(folder, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  });

  it('are copied once', async () => {
    const { ino } = await lstat((await place()).folder);
    expect((await lstat((await place()).folder)).ino).toBe(ino);
    expect(progress).toHaveLength(1);
  });

  it('are copied once by gateways that start together', async () => {
    const places = await Promise.all([place(), place(), place()]);
    expect(new Set(places.map(({ folder }) => folder)).size).toBe(1);
    expect(await readFile(join(places[0].folder, 'bin', 'postgres'), 'utf8')).toBe('postgres');
  });

  it('are copied again when the temporary folder has been cleaned', async () => {
    const { folder } = await place();
    await rm(join(folder, 'share', 'postgresql', 'postgres.bki'));
    await place();
    expect(await readFile(join(folder, 'share', 'postgresql', 'postgres.bki'), 'utf8')).toBe('catalog');
    expect(progress).toHaveLength(2);
  });

  it('are not taken from a folder that others can write to', async () => {
    const { folder } = await place();
    await chmod(folder, 0o777);
    await expect(place()).rejects.toThrow(/cannot be trusted/);
  });
});

it('binaries that the account can reach are used where they are', async () => {
  await chmod(home, 0o711);
  await chmod(join(binaries.folder, 'bin', 'postgres'), 0o755);
  await chmod(join(binaries.folder, 'share', 'postgresql', 'postgres.bki'), 0o644);
  expect(await place()).toBe(binaries);
});

it('an installation without scripts gets its links and its executable bits', async () => {
  await rm(join(binaries.folder, 'lib', 'libpq.so.5'));
  await chmod(join(binaries.folder, 'bin', 'initdb'), 0o600);
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(binaries.folder, 'pg-symlinks.json'), JSON.stringify(links));
  await completeInstall(binaries.folder);
  expect(await readFile(join(binaries.folder, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  expect((await stat(join(binaries.folder, 'bin', 'initdb'))).mode & 0o111).toBe(0o111);
});
