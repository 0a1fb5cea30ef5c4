import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../log.js';
import type { RateLimiters } from '../../storage/rate-limit/rate-limiters.js';
import { countFor } from '../../storage/rate-limit/remote.js';
import { DRAIN_TIMEOUT_MS } from '../shutdown.js';
import { createBackOff, type BackOff } from './back-off.js';
import { handBackConnections } from './hand-back.js';
import { launchWorker, tell } from './launch.js';
import type { Death, Site } from './messages.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));

export interface WorkerPool {
  /** @returns once all serve. @throws StartupError when one cannot. */
  start(): Promise<void>;
  /** Replaces all, one after the other: a new one serves before an old one is drained. */
  restart(): Promise<void>;
  /** Has all of them answer what is in flight, and waits until they have ended. */
  drain(): Promise<void>;
}

export interface PoolOptions {
  readonly size: number;
  readonly site: Site;
  /** Counts for all of them. */
  readonly limiters: RateLimiters;
  readonly log: Logger;
  readonly onDeath: () => void;
}

interface Crew extends PoolOptions {
  /** Those that are to be replaced when they die. */
  readonly serving: Map<Worker, { readonly sinceMs: number }>;
  readonly backOff: BackOff;
  /** Ends the pauses before dead ones are replaced. */
  readonly pauses: Set<AbortController>;
  /** Aborted once the pool is to end. */
  readonly ending: AbortController;
}

/** The processes that serve. One that dies is replaced: soon, and ever later while they go on dying, but the last one at once. */
export function createWorkerPool(options: PoolOptions): WorkerPool {
  cluster.setupPrimary({ exec: MAIN, args: ['serve'] });
  const crew: Crew = {
    ...options,
    serving: new Map(),
    backOff: createBackOff(),
    pauses: new Set(),
    ending: new AbortController(),
  };
  const { log, size, ending } = crew;
  let busy = true; // starting, or restarting

  return {
    async start() {
      await Promise.all(Array.from({ length: size }, () => launch(crew, null)));
      busy = false;
    },
    async restart() {
      if (busy || ending.signal.aborted) return log.warn('SIGHUP: not now, the workers are being started');
      busy = true;
      log.info('SIGHUP: replacing the workers, one after the other');
      await replaceAll(crew).catch((error: unknown) =>
        log.error({ err: error }, 'the workers are not replaced: those that serve go on'),
      );
      busy = false;
    },
    async drain() {
      ending.abort();
      endPauses(crew);
      const alive = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
      await Promise.all(alive.map((worker) => retire(worker, log)));
    },
  };
}

/** @throws StartupError */
async function launch(crew: Crew, replaces: Death | null): Promise<void> {
  const worker = await launchWorker(crew, replaces, (forked) => {
    countFor(forked, crew.limiters);
    handBackConnections(forked, () =>
      [...crew.serving.keys()].some((other) => other !== forked && other.isConnected()),
    );
  });
  worker.once('exit', (exitCode: number | null, signal: string | null) =>
    onExit(crew, worker, { pid: worker.process.pid ?? 0, exitCode, signal }),
  );
  crew.serving.set(worker, { sinceMs: performance.now() });
  crew.log.info({ workerPid: worker.process.pid }, 'a worker serves');
}

function onExit(crew: Crew, worker: Worker, death: Death): void {
  const served = crew.serving.get(worker);
  if (!served || crew.ending.signal.aborted) return; // it was asked to
  crew.serving.delete(worker);
  const { pid: workerPid, ...how } = death;
  crew.onDeath();
  crew.log.error({ workerPid, ...how }, 'a worker has died');
  if (crew.serving.size === 0) endPauses(crew);
  void replace(crew, death, performance.now() - served.sinceMs);
}

async function replace(crew: Crew, death: Death, servedForMs: number): Promise<void> {
  const { serving, backOff, ending, log } = crew;
  for (let served: number | null = servedForMs; ; served = null) {
    await pause(crew, backOff.pauseMs(served, serving.size > 0));
    if (ending.signal.aborted) return;
    try {
      return await launch(crew, death);
    } catch (error) {
      if (!ending.signal.aborted) log.error({ err: error }, 'a worker could not be replaced: trying again');
    }
  }
}

/** Ends sooner when nobody serves any more, or all is to end. */
async function pause({ pauses }: Crew, pauseMs: number): Promise<void> {
  const early = new AbortController();
  pauses.add(early);
  await sleep(pauseMs, undefined, { signal: early.signal }).catch(() => undefined);
  pauses.delete(early);
}

function endPauses({ pauses }: Crew): void {
  for (const early of pauses) early.abort();
}

/** @throws StartupError when a new one cannot serve; it has taken nobody's place then. */
async function replaceAll(crew: Crew): Promise<void> {
  const { serving, ending, log } = crew;
  for (const old of [...serving.keys()]) {
    if (ending.signal.aborted) return;
    if (!serving.has(old)) continue; // it has died, and is being replaced
    await launch(crew, null);
    serving.delete(old);
    await retire(old, log);
  }
  log.info('all workers are new');
}

async function retire(worker: Worker, log: Logger): Promise<void> {
  if (worker.isDead()) return;
  const exited = once(worker, 'exit');
  tell(worker, { primary: 'drain' });
  const lastResort = setTimeout(() => {
    log.error({ workerPid: worker.process.pid }, `not drained after ${DRAIN_TIMEOUT_MS / 1000} s: ending it now`);
    worker.process.kill('SIGKILL');
  }, DRAIN_TIMEOUT_MS);
  await exited;
  clearTimeout(lastResort);
}
