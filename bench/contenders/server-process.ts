import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerOptions {
  /** Path of the program, and its arguments. */
  readonly program: readonly [string, ...string[]];
  readonly nodeOptions?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Answers 200 once the server can be measured. */
  readonly readyPath: string;
  /** Gets standard output and standard error, as an operator would keep them. */
  readonly logFile: string;
}

/** A server in a process of its own, ready. */
export interface ServerProcess {
  /** Origin, without a trailing slash. */
  readonly url: string;
  readonly pid: number;
  /** Once it has ended, however. */
  readonly ended: Promise<unknown>;
  /** Ends it with SIGTERM, and waits. */
  stop(): Promise<void>;
  /** The same with SIGKILL. */
  kill(): Promise<void>;
}

const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 50;

/** The one worker that is measured must not be slowed by what the environment of the bench happens to hold. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const log = await open(options.logFile, 'w', 0o600);
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), ...options.program], {
    env: { PATH: process.env['PATH'], PORT: String(options.port), ...options.env },
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  await log.close();
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));

  const url = `http://127.0.0.1:${options.port}`;
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(url + options.readyPath))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`${options.program[0]} did not become ready:\n${await readFile(options.logFile, 'utf8')}`);
    }
    await sleep(READY_POLL_MS);
  }
  const endBy = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { url, pid: child.pid ?? 0, ended, stop: () => endBy('SIGTERM'), kill: () => endBy('SIGKILL') };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Cores that this process may use. */
export const CORES = availableParallelism();
