import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../../src/errors.js';
import { readOrCreateSecret, type SecretFileOptions } from '../../src/installation/secret-file.js';

const SECRET = Buffer.alloc(32, 'a secret').toString('base64url');

let root: string;
let dataDir: string;
let file: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fluxgate secret '));
  dataDir = join(root, 'data', 'here');
  file = join(dataDir, 'secret');
});
afterEach(() => rm(root, { recursive: true }));

describe('at the first start', () => {
  it('makes 32 random bytes in a file that only its owner can read', async () => {
    const secret = await readOrCreateSecret(dataDir);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(await readFile(file, 'utf8')).toBe(`${secret}\n`);
    expect(await modeOf(file)).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secret']);
  });

  it('makes another one in another folder', async () => {
    expect(await readOrCreateSecret(dataDir)).not.toBe(await readOrCreateSecret(join(root, 'elsewhere')));
  });

  it('gives everyone who starts at once the same secret', async () => {
    const secrets = await Promise.all(Array.from({ length: 32 }, () => readOrCreateSecret(dataDir)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secret']);
  });

  it('does not mistake what a killed starter left for a secret, and clears it away', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'secret.0123456789abcdef.tmp'), SECRET.slice(0, 20));
    expect(await readOrCreateSecret(dataDir)).not.toContain(SECRET.slice(0, 20));
    expect(await readdir(dataDir)).toEqual(['secret']);
  });
});

describe('at every other start', () => {
  it('reads the same secret', async () => {
    const secret = await readOrCreateSecret(dataDir);
    expect(await readOrCreateSecret(dataDir)).toBe(secret);
  });

  it('clears away what a starter left that was killed when its secret was just made', async () => {
    await keep(`${SECRET}\n`);
    await writeFile(join(dataDir, 'secret.0123456789abcdef.tmp'), `${SECRET}\n`);
    expect(await readOrCreateSecret(dataDir)).toBe(SECRET);
    expect(await readdir(dataDir)).toEqual(['secret']);
  });

  it.each([
    ['as it was written', `${SECRET}\n`],
    ['without its line end', SECRET],
    ['with the line end of Windows', `${SECRET}\r\n`],
  ])('reads a file that was restored %s', async (_, text) => {
    await keep(text);
    expect(await readOrCreateSecret(dataDir)).toBe(SECRET);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('follows a link, as secrets are mounted in containers', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(root, 'mounted'), SECRET, { mode: 0o600 });
    await symlink(join(root, 'mounted'), file);
    expect(await readOrCreateSecret(dataDir)).toBe(SECRET);
  });
});

describe('a file that is not a whole secret', () => {
  it.each([
    ['empty', ''],
    ['a line end', '\n'],
    ['half-written', SECRET.slice(0, 21)],
    ['one character short', SECRET.slice(0, -1)],
    ['one character long', `${SECRET}A`],
    ['filled with zeros, as after a power cut', '\0'.repeat(44)],
    ['in another base64 spelling', `${SECRET}=`],
    ['with a space in it', SECRET.replace(/.$/, ' ')],
    ['with two line ends', `${SECRET}\n\n`],
    ['an error page', '<html>not found</html>'],
  ])('is refused and kept as it is: %s', async (_, text) => {
    await keep(text);
    const refusal = await refusalOf(dataDir);
    expect(refusal).toContain(`The secret in ${file} is damaged (${Buffer.byteLength(text)} bytes`);
    expect(refusal).toMatch(/every session and signing key depends on it: restore .* or delete the data folder/);
    if (text.trim()) expect(refusal).not.toContain(text.trim());
    expect(await readFile(file, 'utf8')).toBe(text);
  });
});

describe('a file that is missing beside a database', () => {
  it('is not replaced by a new secret, which could not read what the old one encrypted', async () => {
    const refusal = await refusalOf(dataDir, { databaseExists: true });
    expect(refusal).toContain(`The secret in ${file} is missing`);
    expect(refusal).toMatch(/restore that file .* FLUXGATE_SECRET .* or delete the data folder/);
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it('is told from one that is there', async () => {
    await keep(`${SECRET}\n`);
    expect(await readOrCreateSecret(dataDir, { databaseExists: true })).toBe(SECRET);
  });
});

describe('a file that others can read', () => {
  it('is closed to them, with a warning', async () => {
    await keep(`${SECRET}\n`);
    await chmod(file, 0o644);
    const warnings: string[] = [];
    expect(await readOrCreateSecret(dataDir, { onWarning: (sentence) => warnings.push(sentence) })).toBe(SECRET);
    expect(warnings).toEqual([
      `The secret in ${file} could be read by other users of this machine; its mode is 0600 now.`,
    ]);
    expect(await modeOf(file)).toBe(0o600);
  });

  it('is nothing to warn of once it is closed', async () => {
    await keep(`${SECRET}\n`);
    const warnings: string[] = [];
    await readOrCreateSecret(dataDir, { onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([]);
  });
});

describe('a folder that cannot be used', () => {
  it('is refused where a file is in its way', async () => {
    await writeFile(join(root, 'data'), '');
    expect(await refusalOf(dataDir)).toMatch(
      /^The secret in .* cannot be read or made \(ENOTDIR\): .*FLUXGATE_DATA_DIR/,
    );
  });

  it('is refused where the secret is a folder', async () => {
    await mkdir(file, { recursive: true });
    expect(await refusalOf(dataDir)).toContain('(EISDIR)');
  });

  it('is refused when it cannot be written', async () => {
    await mkdir(dataDir, { recursive: true });
    await chmod(dataDir, 0o500);
    expect(await asOrdinaryUser(() => refusalOf(dataDir))).toContain('(EACCES)');
  });

  it('is refused when the secret in it cannot be read', async () => {
    await keep(`${SECRET}\n`);
    await chmod(file, 0);
    expect(await asOrdinaryUser(() => refusalOf(dataDir))).toContain('(EACCES)');
    await chmod(file, 0o600);
    expect(await readOrCreateSecret(dataDir)).toBe(SECRET);
  });
});

async function keep(text: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function refusalOf(folder: string, options?: SecretFileOptions): Promise<string> {
  const outcome = await readOrCreateSecret(folder, options).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(StartupError);
  return (outcome as StartupError).message;
}

/** Modes do not bind root: it hands its files to another account and works as that one for a while. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  const nobody = 65_534;
  const names = await readdir(root, { recursive: true });
  await Promise.all([root, ...names.map((name) => join(root, name))].map((path) => chown(path, nobody, nobody)));
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
