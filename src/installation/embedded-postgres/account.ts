import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { StartupError } from '../../errors.js';

/** An operating-system account that PostgreSQL runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const ACCOUNT_NAME = 'postgres';
const runCommand = promisify(execFile);

export function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account to run PostgreSQL as, which refuses root: null is ourselves. Root uses the owner of the data where there
 * is some, so that `sudo` works on what an ordinary user made, and otherwise the account `postgres`, created if need be.
 *
 * @throws StartupError where that account can be neither found nor created
 */
export async function serverAccount(
  existingData: string | null,
  onProgress: (line: string) => void,
): Promise<Account | null> {
  if (!runsAsRoot()) return null;
  const owner = existingData === null ? null : await stat(existingData);
  if (owner !== null && owner.uid !== 0) return { name: `with id ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  return (await findAccount(ACCOUNT_NAME)) ?? (await createAccount(ACCOUNT_NAME, onProgress));
}

async function findAccount(name: string): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => (await runCommand('id', [flag, name])).stdout),
    );
    return { name, uid: Number(uid), gid: Number(gid) };
  } catch {
    return null;
  }
}

async function createAccount(name: string, onProgress: (line: string) => void): Promise<Account> {
  onProgress(`PostgreSQL does not run as root: creating the system account ${name} for it …`);
  try {
    await runCommand('groupadd', ['--system', '--force', name]);
    await runCommand('useradd', ['--system', '--gid', name, '--no-create-home', '--shell', '/bin/false', name]);
  } catch (error) {
    const account = await findAccount(name); // another gateway may have been faster
    if (account !== null) return account;
    const why = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    throw new StartupError(
      `PostgreSQL does not run as root and the account ${name} could not be created (${why}): ` +
        'start Fluxgate as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const account = await findAccount(name);
  if (account === null) throw new StartupError(`The account ${name} was created but cannot be looked up.`);
  return account;
}
