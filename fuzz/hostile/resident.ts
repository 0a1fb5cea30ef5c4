import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of a process and everything that it has started, as /proc tells it; in MB (10^6 bytes). */
export interface Resident {
  readonly gatewayMb: number;
  /** With the database's processes, what they share counted once (Pss: proc(5), smaps_rollup). */
  readonly withDatabaseMb: number;
}

const EVERY_MS = 250;

/** Looks again and again. */
export interface ResidentWatch {
  /** @returns the most that was seen of each. */
  stop(): Promise<Resident>;
}

export function watchResident(gatewayPid: number, databasePid: number | null): ResidentWatch {
  let watching = true;
  let most: Resident = { gatewayMb: 0, withDatabaseMb: 0 };
  const done = (async () => {
    while (watching) {
      const now = await residentOf(gatewayPid, databasePid);
      most = {
        gatewayMb: Math.max(most.gatewayMb, now.gatewayMb),
        withDatabaseMb: Math.max(most.withDatabaseMb, now.withDatabaseMb),
      };
      await sleep(EVERY_MS);
    }
  })();
  return {
    async stop() {
      watching = false;
      await done;
      return most;
    },
  };
}

async function residentOf(gatewayPid: number, databasePid: number | null): Promise<Resident> {
  const parents = await readParents();
  const gateway = treeOf(gatewayPid, parents);
  const database = databasePid === null ? [] : treeOf(databasePid, parents);
  const gatewayMb = sum(await Promise.all(gateway.map((pid) => megabytesIn(`/proc/${pid}/status`, 'VmRSS'))));
  const databaseMb = sum(await Promise.all(database.map((pid) => megabytesIn(`/proc/${pid}/smaps_rollup`, 'Pss'))));
  return { gatewayMb, withDatabaseMb: gatewayMb + databaseMb };
}

/** Of each process, who started it. */
async function readParents(): Promise<Map<number, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const pairs = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // A program's name may have spaces and parentheses of its own: what counts begins after the last.
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const;
    }),
  );
  return new Map(pairs);
}

/** It, its children, theirs. */
export function treeOf(root: number, parents: ReadonlyMap<number, number>): number[] {
  const children = [...parents].flatMap(([pid, parent]) => (parent === root ? [pid] : []));
  return [root, ...children.flatMap((pid) => treeOf(pid, parents))];
}

/** 0 of a process that has gone meanwhile. */
async function megabytesIn(path: string, field: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return (Number(kilobytes ?? 0) * 1024) / 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
