import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartupError } from '../../errors.js';
import type { Account } from './account.js';
import { programPath, type Binaries } from './binaries.js';
import { stagingPath } from './data-folder.js';
import { runProgram, tellingLine } from './program.js';
import { hasCode, nullOn } from './system-error.js';

export const SUPERUSER = 'fluxgate';

interface NewCluster {
  readonly binaries: Binaries;
  readonly account: Account | null;
  readonly folder: string;
  readonly password: string;
  /** Whether what is written must outlive a power failure. */
  readonly durable: boolean;
}

/**
 * Creates the data folder under another name and moves it into place, so that it is whole or not there.
 *
 * @returns false where another gateway was faster: its data folder stands
 * @throws StartupError with what initdb said
 */
export async function createCluster(cluster: NewCluster): Promise<boolean> {
  const { account, folder } = cluster;
  const staging = stagingPath(folder, randomBytes(4).toString('hex'));
  const passwordFile = join(staging, 'password');
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
    if (account !== null) {
      await chown(passwordFile, account.uid, account.gid);
      await chown(staging, account.uid, account.gid);
    }
    await initialize(cluster, join(staging, 'data'), passwordFile);
    return await moveIntoPlace(join(staging, 'data'), folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** UTF-8 text that sorts by code point, by PostgreSQL's own rules: the same on every system, whatever its locales. */
async function initialize(cluster: NewCluster, folder: string, passwordFile: string): Promise<void> {
  const args = [
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(cluster.durable ? [] : ['--no-sync']),
  ];
  const { succeeded, output } = await runProgram(programPath(cluster.binaries, 'initdb'), args, cluster.account);
  if (succeeded) return;
  throw new StartupError(`The embedded PostgreSQL could not create its database: ${tellingLine(output)}`);
}

async function moveIntoPlace(made: string, folder: string): Promise<boolean> {
  try {
    await rename(made, folder);
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) return false;
    throw error;
  }
  await nullOn(['EPERM', 'EISDIR', 'EACCES'], syncFolder(dirname(folder))); // Windows cannot, and need not
  return true;
}

/** Makes the new name outlive a power failure: PostgreSQL sees to what is inside. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
