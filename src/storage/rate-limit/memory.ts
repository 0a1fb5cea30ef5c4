import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

interface Policy {
  readonly points: number;
  readonly windowSeconds: number;
}

/** One limiter a policy, in this process's memory. A fixed window: constant cost however many hits there were. */
export function createMemoryRateLimiters<Name extends string>(policies: Readonly<Record<Name, Policy>>) {
  const limiters = new Map<string, RateLimiterMemory>();
  for (const [name, { points, windowSeconds }] of Object.entries<Policy>(policies))
    limiters.set(name, new RateLimiterMemory({ keyPrefix: name, points, duration: windowSeconds }));

  const limiterOf = (policy: Name): RateLimiterMemory => {
    const limiter = limiters.get(policy);
    if (!limiter) throw new TypeError(`no rate-limit policy is called ${policy}`);
    return limiter;
  };

  return {
    async hit(policy: Name, identity: string): Promise<number> {
      try {
        await limiterOf(policy).consume(identity);
        return 0;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
        throw refused;
      }
    },

    async msBeforeNext(policy: Name, identity: string): Promise<number> {
      const state = await limiterOf(policy).get(identity);
      return Math.max(1, state?.msBeforeNext ?? 1);
    },

    windowSeconds: (policy: Name): number => policies[policy].windowSeconds,
  };
}
