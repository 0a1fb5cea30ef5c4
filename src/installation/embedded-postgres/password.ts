import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../errors.js';
import { stagingPath } from './data-folder.js';
import { nullOn } from './system-error.js';

const PASSWORD_BYTES = 24;

/**
 * The superuser's password, kept in `<dataDir>/postgres-password` (mode 0600). Written whole and before the database is
 * created, so that neither a crash nor a second gateway can leave a database with another one.
 *
 * @throws StartupError where the database exists and its password is gone
 */
export async function readOrCreatePassword(dataDir: string, databaseExists: boolean): Promise<string> {
  const file = join(dataDir, 'postgres-password');
  const stored = await nullOn(['ENOENT'], readFile(file, 'utf8'));
  if (stored === null && !databaseExists) await create(file);
  const password = (stored ?? (await nullOn(['ENOENT'], readFile(file, 'utf8'))))?.trim();
  if (password) return password;
  throw new StartupError(
    `${file} is ${password === undefined ? 'missing' : 'empty'}, and without it the database beside it cannot be opened: ` +
      'restore the file, or set FLUXGATE_DATA_DIR to another folder.',
  );
}

/** Linking, unlike renaming, never replaces the file of a gateway that was faster. */
async function create(file: string): Promise<void> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const staging = stagingPath(file, password.slice(0, 8));
  try {
    await writeFile(staging, `${password}\n`, { mode: 0o600, flush: true });
    await nullOn(['EEXIST'], link(staging, file));
  } finally {
    await rm(staging, { force: true });
  }
}
