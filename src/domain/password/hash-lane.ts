import { Piscina } from 'piscina';
import { AuthError } from '../../errors.js';
import { createHashQueue, type HashRefusals, type KnownCaller } from './hash-queue.js';
import type { HashTask, VerifyTask } from './hash-worker.js';

/**
 * Below the event loop and the rest, so that a burst of sign-ins does not slow the requests that hash nothing. Only
 * where the system keeps a priority per thread: elsewhere (macOS) the whole process would sink.
 */
const NICE_INCREMENT: Partial<Record<NodeJS.Platform, number>> = { linux: 10, win32: -1 };

const RETRY_AFTER_SECONDS = 1;

export interface LaneSize {
  readonly threads: number;
  readonly queueLimit: number;
  /** How long a thread stays that has nothing to do. */
  readonly idleMs: number;
}

export interface LaneOptions extends LaneSize {
  readonly waitLimitMs: number;
  /** The worker's file. */
  readonly filename: string;
  readonly onThreadFailure: (error: Error) => void;
}

/** Threads with a queue before them. */
export interface HashLane {
  /** @throws AuthError UNAVAILABLE */
  run<T>(caller: KnownCaller | null, name: 'hash' | 'verify', task: HashTask | VerifyTask): Promise<T>;
  pending(): number;
  waiting(): number;
  refusals(): HashRefusals;
  close(): Promise<void>;
}

export function openHashLane(options: LaneOptions): HashLane {
  const { threads, queueLimit, waitLimitMs, filename, idleMs, onThreadFailure } = options;
  let pool: Piscina | null = new Piscina({
    filename,
    name: 'hash',
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: idleMs,
    stricterFIFO: true,
    recordTiming: false,
    niceIncrement: NICE_INCREMENT[process.platform] ?? 0,
    env: {}, // a thread inherits none of the process's secrets
  });
  // Emitted when a thread fails outside a task, as it starts: its queue would wait for ever. The next password tries again.
  pool.on('error', (error: Error) => {
    onThreadFailure(error);
    void pool?.destroy();
  });
  const queue = createHashQueue({ threads, limit: queueLimit, waitLimitMs });

  async function work<T>(name: 'hash' | 'verify', task: HashTask | VerifyTask): Promise<T> {
    if (!pool) throw unavailable();
    try {
      return (await pool.run(task, { name })) as T;
    } catch (error) {
      if (pool) onThreadFailure(error as Error);
      throw unavailable();
    }
  }

  return {
    run: (caller, name, task) => queue.run(caller, () => work(name, task)),
    pending: () => queue.pending(),
    waiting: () => queue.waiting(),
    refusals: () => queue.refusals(),
    async close() {
      const closing = pool;
      pool = null;
      await closing?.destroy();
    },
  };
}

function unavailable(): AuthError {
  return new AuthError('UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
