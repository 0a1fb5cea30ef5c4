import type { Hit, RateLimiters } from './rate-limiters.js';

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

  async function tryStore(...given: Parameters<RateLimiters['hit']>): Promise<Hit | null> {
    const now = performance.now();
    if (now < triesAtMs) return null;
    if (away) triesAtMs = now + REST_MS;
    try {
      const hit = await store.hit(...given);
      if (away) onBack();
      away = false;
      triesAtMs = 0;
      return hit;
    } catch (error) {
      if (!away) onAway(error);
      away = true;
      triesAtMs = performance.now() + REST_MS;
      return null;
    }
  }

  return { hit: async (...given) => (await tryStore(...given)) ?? insurance.hit(...given) };
}
