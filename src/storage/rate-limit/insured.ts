import type { RateLimiters } from './rate-limiters.js';

/** So long nobody else waits for a store that has failed: one hit then tries it for all. */
const REST_MS = 1_000;

export interface Insurance {
  /** Counts while the store is away: the limits hold all the same, each of these for itself. */
  readonly insurance: RateLimiters;
  readonly onAway: (error: unknown) => void;
  readonly onBack: () => void;
}

/** A store that may be away, and what counts in the meantime: a hit is always counted somewhere, and never fails. */
export function insure(store: RateLimiters, { insurance, onAway, onBack }: Insurance): RateLimiters {
  let away = false;
  let triesAtMs = 0;

  async function tryStore(...hit: Parameters<RateLimiters['hit']>): Promise<number | null> {
    const now = performance.now();
    if (now < triesAtMs) return null;
    if (away) triesAtMs = now + REST_MS;
    try {
      const waitMs = await store.hit(...hit);
      if (away) onBack();
      away = false;
      triesAtMs = 0;
      return waitMs;
    } catch (error) {
      if (!away) onAway(error);
      away = true;
      triesAtMs = performance.now() + REST_MS;
      return null;
    }
  }

  return { hit: async (...hit) => (await tryStore(...hit)) ?? insurance.hit(...hit) };
}
