import type { GraphQLResolveInfo } from 'graphql';
import graphqlRateLimit from 'graphql-rate-limit';
import type { Limits, PolicyName, RateLimiters } from '../../auth/deps.js';
import { AuthError } from '../../errors.js';

const { getGraphQLRateLimiter, Store } = graphqlRateLimit;

/**
 * graphql-rate-limit reads, then writes, so of a hundred calls at once all would pass. Here the points live in an
 * atomic limiter: the library is told that one call is allowed, and sees "none before" or "one that never ends".
 */
class OneHit extends Store {
  waitMs = 0;

  constructor(
    private readonly limiters: RateLimiters,
    private readonly policy: PolicyName,
    private readonly points: number | undefined,
  ) {
    super();
  }

  override async getForIdentity({ contextIdentity }: { readonly contextIdentity: string }): Promise<number[]> {
    this.waitMs = (await this.limiters.hit(this.policy, contextIdentity, this.points)).waitMs;
    return this.waitMs === 0 ? [] : [Number.POSITIVE_INFINITY];
  }

  /** Counted already. */
  override setForIdentity(): void {}
}

/**
 * Counts each field execution, so that a hundred aliased sign-ins are a hundred sign-ins. The keys are those of every
 * other protocol.
 */
export function fieldLimits(limiters: RateLimiters, info: GraphQLResolveInfo): Limits {
  return {
    async consume(policy, identity, points) {
      const store = new OneHit(limiters, policy, points);
      const limit = getGraphQLRateLimiter({ identifyContext: (context: string) => context, store });
      const refused = await limit({ parent: undefined, args: {}, context: identity, info }, { max: 1 });
      if (refused === undefined) return;
      throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(store.waitMs / 1000) });
    },
  };
}
