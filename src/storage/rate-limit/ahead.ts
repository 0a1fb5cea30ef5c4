import { policyNamed, type Hit, type Policies, type RateLimiters } from './rate-limiters.js';

/** Identities whose points are held here at most, at 160 bytes each: of a flood of more the oldest lose theirs. */
const MOST_PURSES = 50_000;

interface Purse {
  points: number;
  /** What others could still take, when these were taken. */
  readonly beyondPoints: number;
  /** With the window that they were taken from. */
  readonly endsAtMs: number;
}

/**
 * For a store that is asked over a wire, and policies of many small hits: this process takes `aheadPoints` of an identity
 * at once, and spends them by itself. They are counted when they are taken, so that no number of processes lets through
 * more than there are in a window. Whose hits go elsewhere now has lost what is held here until it ends: less than twice
 * `aheadPoints` a process.
 *
 * @param clockMs any clock that never goes back.
 */
export function takeAhead(policies: Policies, store: RateLimiters, clockMs = () => performance.now()): RateLimiters {
  const nowMs = () => Math.floor(clockMs()); // windows last for whole milliseconds
  const purses = new Map<string, Purse>();
  const taking = new Map<string, Promise<Hit>>();

  function heldOf(key: string): Purse | null {
    const purse = purses.get(key);
    return purse && purse.endsAtMs > nowMs() ? purse : null;
  }

  async function take(key: string, policy: string, identity: string): Promise<Hit> {
    const { aheadPoints = 0 } = policyNamed(policies, policy);
    try {
      const hit = await store.hit(policy, identity, aheadPoints);
      if (hit.waitMs > 0) return hit;
      const points = aheadPoints + (heldOf(key)?.points ?? 0);
      purses.delete(key); // it goes to the end
      makeRoom(purses);
      purses.set(key, { points, beyondPoints: hit.leftPoints, endsAtMs: nowMs() + hit.endsInMs });
      return hit;
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
          return passed(purse, nowMs());
        }
        const others = taking.get(key); // once for all who find too little at once
        const taken = others ?? take(key, policy, identity);
        taking.set(key, taken);
        const hit = await taken;
        if (hit.waitMs > 0) return others ? { ...hit, isFirstRefused: false } : hit;
      }
    },
  };
}

function passed({ points, beyondPoints, endsAtMs }: Purse, nowMs: number): Hit {
  return { waitMs: 0, leftPoints: points + beyondPoints, endsInMs: endsAtMs - nowMs, isFirstRefused: false };
}

function makeRoom(purses: Map<string, Purse>): void {
  for (const oldest of purses.keys()) {
    if (purses.size < MOST_PURSES) return;
    purses.delete(oldest);
  }
}
