import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Resident memory of a process, in MB (10^6 bytes). */
export async function residentMegabytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return (Number(stdout) * 1024) / 1e6;
}

/**
 * Milliseconds of processor that a process's main thread, the one with the event loop, has used so far: what it was busy,
 * whatever else the machine had to do. Linux only (Documentation/scheduler/sched-stats.rst).
 *
 * @returns null on other systems.
 */
export async function mainThreadMs(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ', 1);
  return Number(nanoseconds) / 1e6;
}
