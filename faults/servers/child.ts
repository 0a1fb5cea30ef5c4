import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onRelease } from '../../bench/release.ts';

/** Who runs what refuses root; null is ourselves. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A server of somebody else's, started by us and ended with us. */
export interface Child {
  readonly pid: number;
  /** Once it has ended. */
  readonly ended: Promise<unknown>;
  /** Sends a signal, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export async function startChild(
  program: string,
  args: readonly string[],
  { account, logFile }: { readonly account: Account | null; readonly logFile: string },
): Promise<Child> {
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(program, args, {
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
    cwd: parse(program).root,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log.fd, log.fd],
  });
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  await log.close();
  const pid = child.pid ?? 0;
  const endWithUs = () => [...descendantsOf(pid), pid].forEach((one) => signalProcess(one, 'SIGKILL'));
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));
  return {
    pid,
    ended,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** It and its children, by Linux's own list; one that has just ended is passed over. */
export function descendantsOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  } catch {
    return [];
  }
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** A temporary folder that the account may write to; gone at the end. */
export async function makeFolder(name: string, account: Account | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `fluxgate-faults-${name}-`));
  onRelease(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await chmod(folder, 0o755);
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}

const POLL_MS = 50;

/** @throws the last error of `attempt`, after so long. */
export async function until<T>(attempt: () => Promise<T>, longestMs = 60_000): Promise<T> {
  const deadlineMs = performance.now() + longestMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(POLL_MS);
    }
  }
}
