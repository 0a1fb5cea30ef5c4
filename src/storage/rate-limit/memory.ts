import { judgeHit, policyNamed, type Policies, type RateLimiters } from './rate-limiters.js';

/** A policy's identities at most, at 160 bytes each: a flood of them ends the oldest windows early. */
const MOST_IDENTITIES = 50_000;

interface Window {
  spent: number;
  readonly endsAtMs: number;
}

/**
 * Counts in this process's memory, which stays bounded whoever asks. The windows of a policy are equally long, so the
 * order in which they began is the order in which they end: the oldest are always at the front, and no timer is needed.
 *
 * @param nowMs any clock that never goes back.
 */
export function createMemoryRateLimiters(policies: Policies, nowMs = () => performance.now()): RateLimiters {
  const windowsOf = new Map(Object.keys(policies).map((name) => [name, new Map<string, Window>()]));

  return {
    hit(name, identity, points = 1) {
      const { points: most, windowSeconds } = policyNamed(policies, name);
      const windows = windowsOf.get(name) ?? new Map<string, Window>();
      const now = Math.floor(nowMs()); // a window lasts for whole milliseconds
      let window = windows.get(identity);
      if (!window || window.endsAtMs <= now) {
        windows.delete(identity); // it goes to the end
        makeRoom(windows, now);
        window = { spent: 0, endsAtMs: now + windowSeconds * 1000 };
        windows.set(identity, window);
      }
      window.spent += points;
      return Promise.resolve(judgeHit(most, window.spent, points, window.endsAtMs - now));
    },
  };
}

function makeRoom(windows: Map<string, Window>, nowMs: number): void {
  for (const [identity, { endsAtMs }] of windows) {
    if (endsAtMs > nowMs && windows.size < MOST_IDENTITIES) return;
    windows.delete(identity);
  }
}
