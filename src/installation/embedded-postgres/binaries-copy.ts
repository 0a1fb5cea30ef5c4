import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Account } from './account.js';
import { programPath, type Binaries } from './binaries.js';
import { stagingPath } from './data-folder.js';
import { closedFolder, permits } from './reachability.js';
import { hasCode, nullOn } from './system-error.js';
import { requireReachable, temporaryPath, trustedFolderExists } from './system-temporary.js';

const PARTS = ['bin', 'lib', 'share'] as const;

/**
 * The binaries where the account can run them: where they are, or else a copy under the system's temporary folder, made
 * once a version, that only we can write to.
 *
 * @throws StartupError where the copy's place is taken, or closed too
 */
export async function reachableBinaries(
  installed: Binaries,
  account: Account | null,
  onProgress: (line: string) => void,
): Promise<Binaries> {
  if (account === null || (await canUse(installed, account))) return installed;
  const folder = await temporaryPath(`fluxgate-postgresql-${installed.version}`);
  if (!((await trustedFolderExists(folder)) && (await sameTree(installed.folder, folder)))) {
    onProgress(
      `The account ${account.name} cannot reach ${installed.folder}: copying PostgreSQL to ${folder} (once) …`,
    );
    await copyTo(folder, installed.folder);
  }
  await requireReachable(join(folder, 'bin'), account);
  return { ...installed, folder };
}

/** Samples a program and a data file: an npm that ran under a strict umask closes every file alike. */
async function canUse(binaries: Binaries, account: Account): Promise<boolean> {
  const program = await realpath(programPath(binaries, 'postgres'));
  const share = await realpath(join(binaries.folder, 'share', 'postgresql'));
  if ((await closedFolder(join(program, '..'), account)) ?? (await closedFolder(share, account))) return false;
  return (
    permits(await stat(program), account, 'enter') && permits(await stat(join(share, 'postgres.bki')), account, 'read')
  );
}

/** Whole or not there: a copy that was killed has another name. */
async function copyTo(folder: string, source: string): Promise<void> {
  const staging = stagingPath(folder, randomBytes(4).toString('hex'));
  const aside = `${staging}-incomplete`;
  try {
    await mkdir(staging, { mode: 0o700 });
    for (const part of PARTS) {
      await cp(join(source, part), join(staging, part), { recursive: true, verbatimSymlinks: true });
    }
    await openToAll(staging);
    if ((await trustedFolderExists(folder)) && !(await sameTree(source, folder))) await rename(folder, aside);
    await nullOn(['ENOTEMPTY', 'EEXIST'], rename(staging, folder)); // another gateway was faster
  } finally {
    for (const leftover of [staging, aside]) await rm(leftover, { recursive: true, force: true });
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

/** Temporary folders are cleaned file by file: a copy is used only while every file is there in its full length. */
async function sameTree(source: string, copy: string): Promise<boolean> {
  const [wanted, found] = await Promise.all([describeTree(source), describeTree(copy)]);
  return wanted.join('\n') === found.join('\n');
}

async function describeTree(folder: string): Promise<string[]> {
  try {
    const parts = await Promise.all(
      PARTS.map((part) => readdir(join(folder, part), { recursive: true, withFileTypes: true })),
    );
    const files = parts.flat().filter((entry) => !entry.isDirectory());
    const described = files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${relative(folder, path)} ${(await lstat(path)).size}`;
    });
    return (await Promise.all(described)).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
