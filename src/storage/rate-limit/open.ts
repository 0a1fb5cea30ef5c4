import { openRedis } from '../redis.js';
import { takeAhead } from './ahead.js';
import { insure } from './insured.js';
import { createMemoryRateLimiters } from './memory.js';
import type { Policies, RateLimiters } from './rate-limiters.js';
import { createRedisRateLimiters } from './redis.js';
import { createRemoteRateLimiters, type Channel } from './remote.js';

export interface RateLimitOptions {
  readonly policies: Policies;
  readonly redisUrl: string | null;
  /** The process that counts for this one, where this is a worker. */
  readonly primary: Channel | null;
  /** Told which of them does not answer, and when it does again. */
  readonly onAway: (name: string, error: unknown) => void;
  readonly onBack: (name: string) => void;
}

export interface OpenRateLimiters {
  readonly limiters: RateLimiters;
  readonly close: () => void;
}

/**
 * Where this process counts: in Redis, for all gateways that share it; else in the process that has forked it, for all
 * of its workers; else, and while those are away, for itself.
 */
export async function openRateLimiters(options: RateLimitOptions): Promise<OpenRateLimiters> {
  const { policies, redisUrl, primary, onAway, onBack } = options;
  const insured = (name: string, store: RateLimiters, insurance: RateLimiters) =>
    insure(store, { insurance, onAway: (error) => onAway(name, error), onBack: () => onBack(name) });

  const memory = createMemoryRateLimiters(policies);
  const local = primary ? insured('the primary process', createRemoteRateLimiters(primary), memory) : memory;
  const close = () => undefined;
  if (redisUrl === null) return { limiters: primary ? takeAhead(policies, local) : memory, close };
  const redis = await openRedis(redisUrl);
  return {
    limiters: takeAhead(policies, insured('Redis', createRedisRateLimiters(policies, redis), local)),
    close: () => redis.disconnect(),
  };
}
