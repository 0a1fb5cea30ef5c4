import { setTimeout as sleep } from 'node:timers/promises';
import type { CleanedUp, Pace } from '../auth/operator/clean-up.js';

/** Between two batches, for everybody else. */
export const PAUSE_MS = 100;
/** Of the interval: gateways that start at once do not go on meeting. */
const JITTER = 0.2;

export interface ScheduledCleanUpOptions {
  readonly cleanUp: (pace: Pace) => Promise<CleanedUp | null>;
  /** Told of what it did, be it nothing; not where another process was at it. */
  readonly onCleanedUp: (removed: CleanedUp) => void;
  readonly onError: (error: unknown) => void;
  readonly intervalSeconds: number;
}

export interface ScheduledJob {
  /** Lets the batch that is under way finish. */
  stop(): Promise<void>;
}

/** Cleans up again and again, each process at moments of its own; what fails is tried again the next time. */
export function scheduleCleanUp(options: ScheduledCleanUpOptions): ScheduledJob {
  const { cleanUp, onCleanedUp, onError, intervalSeconds } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (ms: number) => sleep(ms, true, { signal, ref: false }).catch(() => false);

  async function round(): Promise<void> {
    try {
      const removed = await cleanUp(() => pause(PAUSE_MS));
      if (removed) onCleanedUp(removed);
    } catch (error) {
      onError(error);
    }
  }

  async function run(): Promise<void> {
    const intervalMs = intervalSeconds * 1000;
    let waitMs = intervalMs * Math.random();
    while (await pause(waitMs)) {
      await round();
      waitMs = intervalMs * (1 - JITTER / 2 + JITTER * Math.random());
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
