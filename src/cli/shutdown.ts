import cluster from 'node:cluster';
import type { Logger } from '../log.js';

export const DRAIN_TIMEOUT_MS = 15_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** A terminal's Ctrl-C, and a service manager's signal, reach a worker too: the primary tells it what to do. */
const LEFT_TO_THE_PRIMARY = [...SIGNALS, 'SIGHUP'] as const;

/** npm hands a terminal's Ctrl-C on, so that it arrives twice within milliseconds: that is one wish, not two. */
const SAME_CTRL_C_MS = 500;

export interface Shutdown {
  /** Runs at the end, the last registered first. */
  onRelease(release: () => Promise<void>): void;
  /** Whether a signal has asked for the end. */
  started(): boolean;
  release(): Promise<void>;
}

/**
 * The first signal drains and exits, within 15 s: with 0, or with what the command made `process.exitCode`. A second
 * one ends the process at once.
 */
export function createShutdown(log: Logger): Shutdown {
  const releases: (() => Promise<void>)[] = [];
  let startedAtMs: number | undefined;

  async function release(): Promise<void> {
    for (let next = releases.pop(); next; next = releases.pop()) {
      try {
        await next();
      } catch (error) {
        log.error({ err: error }, 'something could not be shut down');
      }
    }
  }

  async function onSignal(signal: NodeJS.Signals): Promise<void> {
    const nowMs = performance.now();
    if (startedAtMs !== undefined) {
      if (signal === 'SIGINT' && nowMs - startedAtMs < SAME_CTRL_C_MS) return;
      log.warn(`${signal} again: ending now`);
      process.exit(1);
    }
    startedAtMs = nowMs;
    log.info(`${signal}: draining`);
    setTimeout(() => {
      log.error(`not drained after ${DRAIN_TIMEOUT_MS / 1000} s: ending now`);
      process.exit(1);
    }, DRAIN_TIMEOUT_MS).unref();
    await release();
    process.exit();
  }

  if (cluster.isWorker) for (const signal of LEFT_TO_THE_PRIMARY) process.on(signal, () => undefined);
  else for (const signal of SIGNALS) process.on(signal, (received) => void onSignal(received));
  return { onRelease: (run) => void releases.push(run), started: () => startedAtMs !== undefined, release };
}
