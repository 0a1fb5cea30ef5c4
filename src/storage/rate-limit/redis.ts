import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { judgeHit, type Policies, type RateLimiters } from './rate-limiters.js';
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
    async hit(policy, identity, points = 1) {
      const limiter = limiters.get(policy);
      if (!limiter) throw new TypeError(`no rate-limit policy is called ${policy}`);
      const { consumedPoints, msBeforeNext } = await within(
        ANSWER_TIMEOUT_MS,
        limiter.consume(identity, points).catch((refused: unknown) => {
          if (refused instanceof RateLimiterRes) return refused;
          throw refused;
        }),
      );
      return judgeHit(limiter.points, consumedPoints, points, msBeforeNext);
    },
  };
}
