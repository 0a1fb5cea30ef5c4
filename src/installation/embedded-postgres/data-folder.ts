import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdir, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartupError } from '../../errors.js';
import { runsAsRoot, type Account } from './account.js';
import type { Binaries } from './binaries.js';
import { closedFolder, permits } from './reachability.js';
import { isAlive } from './server-process.js';
import { nullOn } from './system-error.js';
import { makeTrustedFolder, requireReachable, temporaryPath, trustedFolderExists } from './system-temporary.js';

const STAGING = /^postgres(?:-password)?\.new-(\d+)-/;

/**
 * Makes sure of the gateway's own folder.
 *
 * @returns its real path, by which gateways recognise that they share it
 * @throws StartupError where it cannot be created or written
 */
export async function openDataDir(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(dataDir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The data folder ${dataDir} cannot be created or written (${why}): ` +
        'make it writable, or set FLUXGATE_DATA_DIR to a folder that is.',
    );
  }
}

/** Where PostgreSQL's data is already, or null. Root may have had to put it under the temporary folder. */
export async function existingData(dataDir: string): Promise<string | null> {
  const own = join(dataDir, 'postgres');
  if ((await nullOn(['ENOENT'], stat(own))) !== null) return own;
  if (!runsAsRoot()) return null;
  const elsewhere = await substitute(dataDir);
  if (!(await trustedFolderExists(dirname(elsewhere)))) return null;
  return (await nullOn(['ENOENT'], stat(elsewhere))) === null ? null : elsewhere;
}

/** Whether there is a database in the gateway's folder, running or not. @throws StartupError as `openDataDir` does */
export async function databaseExists(dataDir: string): Promise<boolean> {
  return (await existingData(await openDataDir(dataDir))) !== null;
}

/**
 * Where PostgreSQL's data goes, or is: `<dataDir>/postgres`, unless the account that PostgreSQL runs as cannot get there.
 *
 * @throws StartupError where there is data that the account cannot reach
 */
export async function placeData(
  dataDir: string,
  existing: string | null,
  account: Account | null,
  onProgress: (line: string) => void,
): Promise<string> {
  const own = join(dataDir, 'postgres');
  if (account === null) return own;
  const closed = await closedFolder(dirname(dataDir), account);
  if (closed === null) {
    const { uid, gid, mode } = await stat(dataDir);
    if (!permits({ uid, gid, mode }, account, 'enter')) await chmod(dataDir, (mode & 0o7777) | 0o011);
    return existing ?? own;
  }
  if (existing === own) await requireReachable(dirname(dataDir), account);
  const elsewhere = await substitute(dataDir);
  onProgress(
    `The account ${account.name}, which PostgreSQL runs as, cannot enter ${closed}: the database is in ${elsewhere}, ` +
      'which the system may clear.',
  );
  await makeTrustedFolder(dirname(elsewhere));
  await requireReachable(dirname(elsewhere), account);
  return elsewhere;
}

function substitute(dataDir: string): Promise<string> {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return temporaryPath(join(`fluxgate-${hash}`, 'postgres'));
}

/** @throws StartupError where the data is not PostgreSQL's, or of another major release, which writes other files */
export async function requireSameRelease(folder: string, binaries: Binaries): Promise<void> {
  const release = (await nullOn(['ENOENT', 'ENOTDIR'], readFile(join(folder, 'PG_VERSION'), 'utf8')))?.trim();
  if (release === binaries.major) return;
  throw new StartupError(
    release === undefined
      ? `${folder} is not a PostgreSQL data folder: move it away, or set FLUXGATE_DATA_DIR to another folder.`
      : `The database in ${folder} was written by PostgreSQL ${release} and this is PostgreSQL ${binaries.major}: ` +
          'set FLUXGATE_DATA_DIR to another folder, or dump it with the old release and load it into the new one.',
  );
}

/** A name beside `path` for what is still being made; the process id in it tells a leftover from work in progress. */
export function stagingPath(path: string, unique: string): string {
  return `${path}.new-${process.pid}-${unique}`;
}

/** Removes what gateways that were killed had half made. What is still being written to is left for the next start. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = STAGING.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await nullOn(['ENOTEMPTY', 'EBUSY', 'EPERM'], rm(join(folder, name), { recursive: true, force: true }));
  }
}
