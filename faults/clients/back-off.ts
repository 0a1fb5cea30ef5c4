const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/**
 * How long a good client waits before it tries again: longer each time, never the same as others, and no shorter than it
 * was asked to.
 *
 * @param failures in a row, from 1
 */
export function pauseMs(failures: number, retryAfterSeconds: number | null): number {
  const longestMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** (failures - 1));
  const ownMs = longestMs * (0.5 + Math.random() / 2);
  return Math.max(ownMs, (retryAfterSeconds ?? 0) * 1000);
}
