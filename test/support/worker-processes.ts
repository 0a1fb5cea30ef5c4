import { eventually } from './eventually.js';
import type { FluxgateProcess } from './fluxgate-process.js';
import { isAlive } from '../../src/installation/embedded-postgres/server-process.js';

interface LogLine {
  readonly msg: string;
  readonly workerPid?: number;
  readonly signal?: string;
}

export function logLines(fluxgate: FluxgateProcess): LogLine[] {
  const lines = fluxgate.stdout().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
}

/** Of all that have ever served, the oldest first. */
export function workersOf(fluxgate: FluxgateProcess): number[] {
  return logLines(fluxgate).flatMap(({ msg, workerPid }) => (msg === 'a worker serves' ? [workerPid!] : []));
}

export const aliveOf = (pids: readonly number[]) => pids.filter(isAlive);

export async function untilGone(pids: readonly number[]): Promise<void> {
  await eventually(
    () => Promise.resolve(aliveOf(pids)),
    (alive) => alive.length === 0,
  );
}
