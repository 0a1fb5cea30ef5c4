import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../src/installation/embedded-postgres/server-process.js';
import { nullOn } from '../../src/installation/embedded-postgres/system-error.js';
import { eventually } from './eventually.js';
import { freePort, postGraphql, type Gateway } from './gateway.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const READY = 'fluxgate ready http://';

/** An ordinary account of every system, for what root would be allowed. */
export const NOBODY = { uid: 65_534, gid: 65_534 };

export interface FluxgateOptions {
  readonly dataDir: string;
  /** A command and its arguments; it serves unless given. */
  readonly args?: readonly string[];
  /** A free one unless given. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it, where the tests run as root; ourselves otherwise. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

/** The built program in a process of its own. */
export interface FluxgateProcess extends Pick<Gateway, 'url' | 'gql'> {
  readonly port: number;
  stdout(): string;
  stderr(): string;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR2' | 'SIGKILL'): void;
  /** Once standard output has this text. */
  says(text: string): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const running = new Map<ChildProcess, Promise<unknown>>();

export async function spawnFluxgate({
  dataDir,
  args = [],
  port,
  env = {},
  account,
}: FluxgateOptions): Promise<FluxgateProcess> {
  const listenPort = port ?? (await freePort());
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: tmpdir(), // which every account may be in
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'development',
      PORT: String(listenPort),
      FLUXGATE_DATA_DIR: dataDir,
      FLUXGATE_RATE_LIMIT_SCALE: '100',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 ? account : {}),
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (written[stream] += text));
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  running.set(child, ended);

  const url = `http://127.0.0.1:${listenPort}`;
  return {
    url,
    port: listenPort,
    gql: (document, variables, headers) => postGraphql(url, document, variables, headers),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    signal: (name) => void child.kill(name),
    async says(text) {
      while (!written.stdout.includes(text)) {
        if (!running.has(child)) throw new Error(`ended without "${text}":\n${written.stdout}${written.stderr}`);
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    },
    ended,
  };
}

/** Started, and serving. */
export async function startFluxgate(options: FluxgateOptions): Promise<FluxgateProcess> {
  const fluxgate = await spawnFluxgate(options);
  await fluxgate.says(READY);
  return fluxgate;
}

/** Drained and gone. */
export async function stopFluxgate(fluxgate: FluxgateProcess): Promise<number | NodeJS.Signals> {
  fluxgate.signal('SIGTERM');
  return fluxgate.ended;
}

/** How a start that is refused ends, with all that it wrote. */
export async function refusedStart(
  options: FluxgateOptions,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const fluxgate = await spawnFluxgate(options);
  const code = await fluxgate.ended;
  return { code, stdout: fluxgate.stdout(), stderr: fluxgate.stderr() };
}

const folders: string[] = [];

/** A folder with a space in its name, that every account may pass through and `owner` may write to. */
export async function makeDataDir(owner?: { readonly uid: number; readonly gid: number }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate process '));
  folders.push(folder);
  await chmod(folder, 0o755);
  if (owner && process.getuid?.() === 0) await chown(folder, owner.uid, owner.gid);
  return join(folder, 'data');
}

/** The process id of the database server on a data folder, or null: none runs there. */
export async function databasePid(dataDir: string): Promise<number | null> {
  const file = await nullOn(['ENOENT', 'ENOTDIR'], readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'));
  const pid = Number(file?.split('\n', 1)[0]);
  return pid > 0 && isAlive(pid) ? pid : null;
}

/** For afterEach: ends whatever a test, or its failure, left running, and removes the folders. */
export async function cleanUp(): Promise<void> {
  for (const [child, ended] of running) {
    child.kill('SIGKILL');
    await ended;
  }
  for (const folder of folders.splice(0)) {
    const pid = await databasePid(join(folder, 'data'));
    if (pid !== null) {
      process.kill(pid, 'SIGINT'); // PostgreSQL's fast shutdown
      await eventually(
        () => Promise.resolve(isAlive(pid)),
        (alive) => !alive,
      );
    }
    await rm(folder, { recursive: true, force: true });
  }
}
