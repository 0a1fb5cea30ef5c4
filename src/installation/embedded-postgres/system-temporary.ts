import { chmod, lstat, mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../../errors.js';
import type { Account } from './account.js';
import { closedFolder, type Ownership } from './reachability.js';
import { hasCode } from './system-error.js';

/** Where root puts what its own folders hide from the server's account. */
export async function temporaryPath(name: string): Promise<string> {
  return join(await realpath(tmpdir()), name);
}

/** Everybody can write to the temporary folder: what has our name there is ours only if we made it and only we write. */
export function isTrusted(found: Ownership & { isDirectory(): boolean }, ownUid: number): boolean {
  return found.isDirectory() && found.uid === ownUid && (found.mode & 0o022) === 0;
}

/**
 * Whether this folder of ours exists in the temporary folder.
 *
 * @throws StartupError where somebody else put something there
 */
export async function trustedFolderExists(path: string): Promise<boolean> {
  try {
    if (isTrusted(await lstat(path), process.getuid!())) return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  throw new StartupError(
    `${path} was made or can be changed by another user, so it cannot be trusted: remove it and start again.`,
  );
}

/** Makes a folder that the account may pass through, not list, and that only we may write to. */
export async function makeTrustedFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
    await chmod(path, 0o711);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    await trustedFolderExists(path);
  }
}

/** @throws StartupError where the temporary folder is closed to the account as well */
export async function requireReachable(folder: string, account: Account): Promise<void> {
  const closed = await closedFolder(folder, account);
  if (closed === null) return;
  throw new StartupError(
    `The account ${account.name}, which PostgreSQL runs as, cannot enter ${closed}: open it (chmod o+x), ` +
      'set TMPDIR to a folder that it can enter, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
