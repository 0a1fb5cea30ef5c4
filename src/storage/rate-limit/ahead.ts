import { policyNamed, type Policies, type RateLimiters } from './rate-limiters.js';

/** Identities whose points are held here at most, at 160 bytes each: of a flood of more the oldest lose theirs. */
const MOST_PURSES = 50_000;

interface Purse {
  points: number;
  readonly endsAtMs: number;
}

/**
 * For a store that is asked over a wire, and policies of many small hits: this process takes `aheadPoints` of an identity
 * at once, and spends them by itself. They are counted when they are taken, so that no number of processes lets through
 * more than there are in a window, but for what each still holds of the one before. Whose hits go elsewhere now has lost
 * what is held here until then. Both are less than twice `aheadPoints` a process.
 *
 * @param nowMs any clock that never goes back.
 */
export function takeAhead(policies: Policies, store: RateLimiters, nowMs = () => performance.now()): RateLimiters {
  const purses = new Map<string, Purse>();
  const taking = new Map<string, Promise<number>>();

  function heldOf(key: string): Purse | null {
    const purse = purses.get(key);
    return purse && purse.endsAtMs > nowMs() ? purse : null;
  }

  async function take(key: string, policy: string, identity: string): Promise<number> {
    const { aheadPoints = 0, windowSeconds } = policyNamed(policies, policy);
    try {
      const waitMs = await store.hit(policy, identity, aheadPoints);
      if (waitMs > 0) return waitMs;
      const points = aheadPoints + (heldOf(key)?.points ?? 0);
      purses.delete(key); // it goes to the end
      makeRoom(purses);
      purses.set(key, { points, endsAtMs: nowMs() + windowSeconds * 1000 });
      return 0;
    } finally {
      taking.delete(key);
    }
  }

  return {
    async hit(policy, identity, points = 1) {
      const { aheadPoints = 0 } = policyNamed(policies, policy);
      if (points > aheadPoints) return store.hit(policy, identity, points);
      const key = `${policy} ${identity}`;
      for (;;) {
        const purse = heldOf(key);
        if (purse && purse.points >= points) {
          purse.points -= points;
          return 0;
        }
        const taken = taking.get(key) ?? take(key, policy, identity); // once for all who find too little at once
        taking.set(key, taken);
        const waitMs = await taken;
        if (waitMs > 0) return waitMs;
      }
    },
  };
}

function makeRoom(purses: Map<string, Purse>): void {
  for (const oldest of purses.keys()) {
    if (purses.size < MOST_PURSES) return;
    purses.delete(oldest);
  }
}
