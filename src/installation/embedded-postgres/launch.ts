import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import type { Account } from './account.js';
import { programPath, type Binaries } from './binaries.js';
import { PROGRAM_ENVIRONMENT, runAs, tellingLine } from './program.js';
import { nullOn } from './system-error.js';

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** Sized for a small server that shares its machine: about 100 MiB in all. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  jit: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
} as const;

export interface Launch {
  readonly pid: number;
  /** A server that was shut down had started: another gateway, which was its last user then, has stopped it. */
  state(): 'running' | 'shut down' | 'failed';
  /** What the server said last, once it has failed. */
  lastWords(): Promise<string>;
}

export interface LaunchOptions {
  readonly binaries: Binaries;
  readonly account: Account | null;
  readonly folder: string;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Starts a server in a session of its own: no Ctrl-C in our terminal reaches it, and it survives our being killed.
 *
 * @param stalePid what `postmaster.pid` names although it is another program now. PostgreSQL ignores the id that it takes
 *   for its starter's (src/backend/utils/init/miscinit.c, CreateLockFile), so it replaces this leftover and still
 *   refuses to be the second server on a folder: removing the file here could race with another gateway's start.
 */
export async function launchServer(options: LaunchOptions, stalePid: number | null): Promise<Launch> {
  const program = programPath(options.binaries, 'postgres');
  const settings = { ...SETTINGS, ...options.settings, port: String(await freePort()) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await moveLongLogAside(options.logFile);
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const logStartBytes = (await log.stat()).size;
    const child = spawn(program, ['-D', options.folder, ...flags], {
      ...runAs(options.account, program),
      env: { ...PROGRAM_ENVIRONMENT, ...(stalePid === null ? {} : { PG_GRANDPARENT_PID: String(stalePid) }) },
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid!;
    return {
      pid,
      state: () => {
        if (child.exitCode === null && child.signalCode === null) return 'running';
        return child.exitCode === 0 ? 'shut down' : 'failed';
      },
      lastWords: async () => {
        const written = await readFile(options.logFile);
        return lastWordsOf(pid, written.subarray(logStartBytes).toString('utf8'));
      },
    };
  } finally {
    await log.close();
  }
}

/** Two servers may write to one log: a line names the process that wrote it. */
export function lastWordsOf(pid: number, log: string): string {
  const own = log.split('\n').filter((line) => line.includes(`[${pid}]`));
  const line = tellingLine(own.length > 0 ? own.join('\n') : log);
  return line.replace(/^.*?\[\d+\] /, '');
}

/** Whether a server gave up over something that passes: another server on the folder or the port, or its last workers. */
export function passes(lastWords: string): boolean {
  return /lock file "postmaster\.pid"|pre-existing shared memory block|could not create any TCP\/IP sockets/.test(
    lastWords,
  );
}

/** Free at this moment; should another program be faster, the server says so and the next one is tried. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function moveLongLogAside(logFile: string): Promise<void> {
  const status = await nullOn(['ENOENT'], stat(logFile));
  if (status !== null && status.size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.1`);
}
