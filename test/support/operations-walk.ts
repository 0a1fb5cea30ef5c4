import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './gateway.js';
import { fenced, section } from './readme.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
export const OPERATIONS = readFileSync(join(PROJECT, 'docs/operations.md'), 'utf8');

/** The commands of a section of docs/operations.md, a block each. */
export function commandsOf(heading: string): string[] {
  return fenced('sh', section(heading, OPERATIONS));
}

export interface WalkOptions {
  /** An administrator's, of a server that has no database of ours and speaks no TLS. */
  readonly adminUrl: string;
  /** Where psql is; a stand-in for it unless given. */
  readonly programs?: string;
  /** Blocks of commands, in order; the one that serves goes on in the background. */
  readonly blocks: readonly string[];
}

/**
 * Runs blocks of commands in one shell, as they are printed but for the names that stand for a reader's own: host, port
 * and administrator.
 *
 * @returns what each block printed.
 * @throws when a command fails, with what it said.
 */
export async function walk({ adminUrl, programs, blocks }: WalkOptions): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate walk '));
  try {
    await writeProgram(join(folder, 'fluxgate'), 'bin/fluxgate.mjs');
    await symlink(process.execPath, join(folder, 'node'));
    await symlink(join(PROJECT, 'deploy'), join(folder, 'deploy'));
    if (programs === undefined) await writeProgram(join(folder, 'psql'), 'test/support/psql.ts');
    const port = String(await freePort());
    const script = blocks.map((block, at) => `echo '── ${at}'\n${inBackground(localized(block, adminUrl, port))}`);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: folder,
      env: { PATH: [folder, programs, '/usr/bin', '/bin'].filter(Boolean).join(':'), PORT: port },
    });
    return stdout.split(/^── \d+\n/m).slice(1);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function localized(block: string, adminUrl: string, port: string): string {
  const { username, password, host } = new URL(adminUrl);
  return block
    .replaceAll('postgres@db.example.com:5432', `${username}:${password}@${host}`)
    .replaceAll('db.example.com:5432', host)
    .replaceAll('?sslmode=verify-full', '')
    .replaceAll('localhost:4000', `localhost:${port}`);
}

/** Goes on once it serves, and ends it with the shell. */
function inBackground(block: string): string {
  return block.replace(
    /^fluxgate serve$/m,
    `fluxgate serve >serve.log 2>&1 &
server=$!
trap 'kill "$server"; wait "$server"' EXIT
until grep -q 'fluxgate ready' serve.log; do
  kill -0 "$server" || { cat serve.log >&2; exit 1; }
  sleep 0.1
done`,
  );
}

async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${PROJECT}${script}" "$@"\n`);
  await chmod(path, 0o755);
}
