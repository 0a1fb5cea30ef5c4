import type { GraphQLResolveInfo } from 'graphql';
import graphqlRateLimit from 'graphql-rate-limit';
import type { Limits, PolicyName, RateLimiters } from '../../auth/deps.js';
import { AuthError } from '../../errors.js';

const { getGraphQLRateLimiter, Store } = graphqlRateLimit;

interface Identity {
  readonly contextIdentity: string;
  readonly fieldIdentity: string;
}

/**
 * graphql-rate-limit reads, then writes, so of a hundred calls at once all would pass. Here the points live in an
 * atomic limiter: the library is told that one call is allowed, and sees "none before" or "one just now".
 */
class AtomicStore extends Store {
  constructor(
    private readonly limiters: RateLimiters,
    private readonly policy: PolicyName,
  ) {
    super();
  }

  override async getForIdentity({ contextIdentity }: Identity): Promise<number[]> {
    const passes = (await this.limiters.hit(this.policy, contextIdentity)) === 0;
    return passes ? [] : [Number.POSITIVE_INFINITY];
  }

  /** Counted already. */
  override setForIdentity(): void {}
}

/**
 * The GraphQL door: counts each field execution, so that a hundred aliased sign-ins are a hundred sign-ins. The keys
 * are those of every other door.
 */
export function createGraphqlDoor(limiters: RateLimiters): (info: GraphQLResolveInfo) => Limits {
  const byPolicy = new Map<PolicyName, ReturnType<typeof getGraphQLRateLimiter>>();
  const limiterOf = (policy: PolicyName) => {
    const known = byPolicy.get(policy);
    if (known) return known;
    const made = getGraphQLRateLimiter({
      identifyContext: (identity: string) => identity,
      store: new AtomicStore(limiters, policy),
    });
    byPolicy.set(policy, made);
    return made;
  };

  return (info) => ({
    async consume(policy, identity) {
      const field = { parent: undefined, args: {}, context: identity, info };
      const refused = await limiterOf(policy)(field, { max: 1, window: `${limiters.windowSeconds(policy)}s` });
      if (refused === undefined) return;
      const retryAfterMs = await limiters.msBeforeNext(policy, identity);
      throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) });
    },
  });
}
