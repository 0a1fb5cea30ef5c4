import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../errors.js';

const SECRET_BYTES = 32;
const FILE_NAME = 'secret';
const UNFINISHED = /^secret\.[0-9a-f]{16}\.tmp$/;
const OWNER_ONLY = 0o600;
const ANYBODY_ELSE = 0o077;

export interface SecretFileOptions {
  /** A database that was made with a secret is of no use with another one: then none is made. */
  readonly databaseExists?: boolean;
  /** Hears one sentence when others could read the file; its mode is then put right. */
  readonly onWarning?: (sentence: string) => void;
}

/**
 * The secret of an installation that was given none: 32 random bytes as base64url, in `<dataDir>/secret`, mode 0600.
 *
 * Made at the first start, before the database. A file that exists is read and never written again: losing the secret
 * ends every session and makes the signing keys unreadable. Several processes that start at once get one and the same
 * secret, and a crash at any moment leaves either a whole file or none.
 *
 * @throws StartupError when the file is not a whole secret, is missing beside a database, or cannot be read or made.
 */
export async function readOrCreateSecret(
  dataDir: string,
  { databaseExists = false, onWarning = () => undefined }: SecretFileOptions = {},
): Promise<string> {
  const path = join(dataDir, FILE_NAME);
  try {
    let secret = await readSecret(path, onWarning);
    if (secret === null) {
      if (databaseExists) throw missing(path);
      await createSecret(dataDir, path);
      secret = await readSecret(path, onWarning);
    }
    if (secret === null) throw new StartupError(`The secret in ${path} was deleted during the start: start again.`);
    await sweep(dataDir);
    return secret;
  } catch (error) {
    throw error instanceof StartupError ? error : inaccessible(path, error);
  }
}

/** @returns null when there is no such file. */
async function readSecret(path: string, onWarning: (sentence: string) => void): Promise<string | null> {
  const file = await open(path, 'r').catch(unless('ENOENT'));
  if (!file) return null;
  try {
    const text = await file.readFile('utf8');
    const secret = text.replace(/\r?\n$/, '');
    if (!isWhole(secret)) throw damaged(path, Buffer.byteLength(text));
    await closeToOthers(file, path, onWarning);
    return secret;
  } finally {
    await file.close();
  }
}

/** One spelling of exactly 32 bytes: what was cut off, filled with zeros or edited is none. */
function isWhole(secret: string): boolean {
  const bytes = Buffer.from(secret, 'base64url');
  return bytes.length === SECRET_BYTES && bytes.toString('base64url') === secret;
}

/** Windows keeps access lists instead of modes: a file there belongs to the user whose folder it is in. */
async function closeToOthers(file: FileHandle, path: string, onWarning: (sentence: string) => void): Promise<void> {
  const { mode } = await file.stat();
  if (process.platform === 'win32' || (mode & ANYBODY_ELSE) === 0) return;
  const wasOpen = `The secret in ${path} could be read by other users of this machine`;
  try {
    await file.chmod(OWNER_ONLY);
    onWarning(`${wasOpen}; its mode is 0600 now.`);
  } catch {
    onWarning(`${wasOpen}, and its mode could not be changed: make it 0600.`);
  }
}

/**
 * Writes the whole secret under another name, then links it to its own: a link appears at once and replaces nothing.
 * Whoever links first has made the secret.
 */
async function createSecret(dataDir: string, path: string): Promise<void> {
  // Left open to pass through: started by root, the embedded database runs under another account in this folder.
  await mkdir(dataDir, { recursive: true });
  const unfinished = join(dataDir, `${FILE_NAME}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(unfinished, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(`${randomBytes(SECRET_BYTES).toString('base64url')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // EEXIST: another process was first. ENOENT: it was, and has swept ours away.
    await link(unfinished, path).catch(unless('EEXIST', 'ENOENT'));
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(dataDir);
}

/** Removes what killed starters left behind. Only once a secret exists: from then on, nobody needs another. */
async function sweep(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  const unfinished = names.filter((name) => UNFINISHED.test(name));
  await Promise.all(unfinished.map((name) => rm(join(dataDir, name), { force: true })));
}

/** Makes the new name survive a power cut. Windows has no such call, and needs none. */
async function syncFolder(dataDir: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dataDir, 'r');
  await folder.sync().finally(() => folder.close());
}

function unless(...codes: readonly string[]): (error: unknown) => null {
  return (error) => {
    if (codes.includes(codeOf(error))) return null;
    throw error;
  };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}

function damaged(path: string, bytes: number): StartupError {
  return new StartupError(
    `The secret in ${path} is damaged (${bytes} bytes that are not 43 characters of base64url), and every session and ` +
      'signing key depends on it: restore that file from a backup, or delete the data folder to start anew, without ' +
      'the accounts in it.',
  );
}

function missing(path: string): StartupError {
  return new StartupError(
    `The secret in ${path} is missing, and without it the signing keys in the database beside it cannot be decrypted: ` +
      'restore that file from a backup, set FLUXGATE_SECRET to the secret that was used before, or delete the data ' +
      'folder to start anew, without the accounts in it.',
  );
}

function inaccessible(path: string, error: unknown): StartupError {
  return new StartupError(
    `The secret in ${path} cannot be read or made (${codeOf(error)}): give this user access to that folder and the ` +
      'files in it, or choose another folder with FLUXGATE_DATA_DIR.',
  );
}
