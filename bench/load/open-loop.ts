import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenLoop {
  readonly arrivalsPerSecond: number;
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
  /** One arrival's work. */
  readonly arrive: () => Promise<void>;
}

/**
 * Arrivals at a fixed rate, whether or not earlier ones have been answered. Each latency counts from when the arrival
 * was due, so a server that stalls is charged for everyone who would have waited (coordinated omission).
 *
 * @returns latencies after the warm-up, in milliseconds.
 * @throws Error when any arrival failed.
 */
export async function driveOpenLoop(load: OpenLoop): Promise<number[]> {
  const intervalMs = 1000 / load.arrivalsPerSecond;
  const arrivals = Math.ceil((load.warmUpSeconds + load.measureSeconds) * load.arrivalsPerSecond);
  const warmUpArrivals = Math.floor(load.warmUpSeconds * load.arrivalsPerSecond);
  const latenciesMs: number[] = [];
  const failures: unknown[] = [];
  const open: Promise<void>[] = [];
  const startMs = performance.now();

  for (let arrival = 0; arrival < arrivals; arrival++) {
    const dueMs = startMs + arrival * intervalMs;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    open.push(
      load.arrive().then(
        () => {
          if (arrival >= warmUpArrivals) latenciesMs.push(performance.now() - dueMs);
        },
        (error: unknown) => void failures.push(error),
      ),
    );
  }
  await Promise.all(open);
  if (failures.length > 0) throw new Error(`${failures.length} arrivals failed`, { cause: failures[0] });
  return latenciesMs;
}
