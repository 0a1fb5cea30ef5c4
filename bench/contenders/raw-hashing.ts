import { Piscina } from 'piscina';
import { inProject } from '../../tools/project.mjs';
import { CORES } from './server-process.ts';

/** Fluxgate's default (FLUXGATE_HASH_THREADS). */
export const HASH_THREADS = CORES;

/**
 * The floor under a sign-in: the same library with the same costs in as many threads, with nothing around it.
 *
 * @returns hashes a second.
 */
export async function measureRawHashing(load: {
  readonly concurrency: number;
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
}): Promise<number> {
  const pool = new Piscina({
    filename: inProject('bench/contenders/hash-thread.mjs'),
    minThreads: HASH_THREADS,
    maxThreads: HASH_THREADS,
  });
  const startMs = performance.now() + load.warmUpSeconds * 1000;
  const endMs = startMs + load.measureSeconds * 1000;
  let hashes = 0;

  async function hashOn(): Promise<void> {
    while (performance.now() < endMs) {
      await pool.run('sturdy-otter-battery-9');
      const nowMs = performance.now();
      if (nowMs >= startMs && nowMs < endMs) hashes += 1;
    }
  }
  await Promise.all(Array.from({ length: load.concurrency }, hashOn));
  await pool.destroy();
  return hashes / load.measureSeconds;
}
