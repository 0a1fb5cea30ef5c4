import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Policies, RateLimiters } from './rate-limiters.js';
import { within } from '../within.js';

const KEY_PREFIX = 'fluxgate';
/** It takes less than a millisecond: whoever waits for this long is better served by this process's memory. */
const ANSWER_TIMEOUT_MS = 500;

/**
 * Counts in Redis, for any number of gateways: under `fluxgate:POLICY:IDENTITY`, which Redis forgets with its window.
 * A hit that Redis does not answer in time is an error, never a pass.
 */
export function createRedisRateLimiters(policies: Policies, redis: Redis): RateLimiters {
  const limiters = new Map(
    Object.entries(policies).map(([name, { points, windowSeconds }]) => [
      name,
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${KEY_PREFIX}:${name}`,
        points,
        duration: windowSeconds,
        rejectIfRedisNotReady: true,
      }),
    ]),
  );

  return {
    async hit(policy, identity, points) {
      const limiter = limiters.get(policy);
      if (!limiter) throw new TypeError(`no rate-limit policy is called ${policy}`);
      try {
        await within(ANSWER_TIMEOUT_MS, limiter.consume(identity, points));
        return 0;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
        throw refused;
      }
    },
  };
}
