import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { newSecret, startFluxgate } from '../bench/contenders/fluxgate.ts';
import { migrate, startDatabaseServer } from '../bench/database.ts';
import { onRelease } from '../bench/release.ts';
import { inProject, ToolError } from '../tools/project.mjs';
import { heapAnswer, HEAP_PROBE_OPTION } from './heap-probe.ts';

/** A built gateway on an embedded database, as small as a pod of deploy/kubernetes. */
export interface FuzzedGateway {
  readonly url: string;
  readonly pid: number;
  /** Of the database's first process; null where its file does not tell. */
  readonly databasePid: number | null;
  /** What may stand nowhere. */
  readonly secret: string;
  isAlive(): boolean;
  /** What it has written since the last look. */
  newLogLines(): Promise<string[]>;
  /** In use once nothing is left to collect. */
  usedHeapBytes(): Promise<number>;
}

/** Whose pages may use cookies, whatever port it listens on: what is generated does not depend on it. */
export const PUBLIC_URL = 'http://localhost';
const HEAP_ANSWER_MS = 10_000;
const POLL_MS = 20;

export async function startFuzzedGateway(env: Readonly<Record<string, string>>): Promise<FuzzedGateway> {
  const server = await startDatabaseServer();
  onRelease(() => server.stop());
  const secret = newSecret();
  const databaseUrl = await server.create('fuzz');
  await migrate(databaseUrl);
  const fluxgate = await startFluxgate(server, {
    databaseUrl,
    name: 'fuzzed',
    secret,
    env: { FLUXGATE_HASH_THREADS: '2', FLUXGATE_PUBLIC_URL: PUBLIC_URL, ...env },
    nodeOptions: [`--max-old-space-size=${heapLimitMb()}`, HEAP_PROBE_OPTION],
  });
  onRelease(() => fluxgate.stop());
  const logFile = join(server.folder, 'fuzzed.log');
  let read = 0;
  let asked = 0;
  return {
    url: fluxgate.url,
    pid: fluxgate.pid,
    databasePid: databasePidIn(server.folder),
    secret,
    isAlive: () => isRunning(fluxgate.pid),
    async newLogLines() {
      const whole = await readFile(logFile);
      const end = whole.lastIndexOf('\n') + 1;
      const lines = whole.subarray(read, end).toString().split('\n');
      read = Math.max(read, end);
      return lines;
    },
    async usedHeapBytes() {
      asked += 1;
      process.kill(fluxgate.pid, 'SIGUSR2');
      const deadlineMs = performance.now() + HEAP_ANSWER_MS;
      for (;;) {
        const bytes = heapAnswer(await readFile(logFile, 'utf8'), asked);
        if (bytes !== null) return bytes;
        if (performance.now() > deadlineMs) throw new ToolError('The gateway does not say what its heap holds.');
        await sleep(POLL_MS);
      }
    },
  };
}

/** Half of what the pod may have: what V8 takes of itself in a container, and what is not heap beside it. */
export function heapLimitMb(): number {
  return Math.floor(memoryLimitMb() / 2);
}

/** As deploy/kubernetes gives it to the server, in MiB. */
export function memoryLimitMb(): number {
  const documents = parseAllDocuments(readFileSync(inProject('deploy/kubernetes/base/deployment.yaml'), 'utf8'));
  const path = ['spec', 'template', 'spec', 'containers', 0, 'resources', 'limits', 'memory'];
  const limit = documents.map((document) => document.getIn(path)).find((value) => typeof value === 'string');
  const [, mebibytes] = /^(\d+)Mi$/.exec(limit ?? '') ?? [];
  if (mebibytes === undefined) throw new ToolError('deploy/kubernetes/base/deployment.yaml has no memory limit in Mi.');
  return Number(mebibytes);
}

function databasePidIn(folder: string): number | null {
  const file = ['data/postgres/postmaster.pid', 'data/postmaster.pid']
    .map((path) => join(folder, path))
    .find(existsSync);
  return file === undefined ? null : Number(readFileSync(file, 'utf8').split('\n', 1)[0]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
