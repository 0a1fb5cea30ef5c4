import type { FastifyInstance } from 'fastify';
import type { Hit, Policy } from '../../auth/deps.js';

/** What a request has taken from a limit, and what is left of that. */
export interface Spent {
  readonly name: string;
  readonly policy: Pick<Policy, 'points' | 'windowSeconds'>;
  readonly hit: Pick<Hit, 'leftPoints' | 'endsInMs'>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The tightest of the limits that it has spent, and that may be told. */
    spent: Spent | null;
  }
}

/** For pages of other origins too. */
export const RATE_LIMIT_HEADERS = ['ratelimit', 'ratelimit-policy'] as const;

/** The one of which the least share is left; of two that are alike, the one that lasts longer. */
export function tighter(one: Spent | null, other: Spent): Spent {
  if (one === null) return other;
  const difference = shareOf(one) - shareOf(other);
  if (difference === 0) return one.hit.endsInMs >= other.hit.endsInMs ? one : other;
  return difference < 0 ? one : other;
}

function shareOf({ policy, hit }: Spent): number {
  return hit.leftPoints / policy.points;
}

type Headers = Readonly<Record<(typeof RATE_LIMIT_HEADERS)[number], string>>;

/** draft-ietf-httpapi-ratelimit-headers: the limit, and the points that are left of it until its window ends, in whole seconds. */
export function rateLimitHeaders({ name, policy, hit }: Spent): Headers {
  return {
    'ratelimit-policy': `"${name}";q=${policy.points};w=${policy.windowSeconds}`,
    ratelimit: `"${name}";r=${hit.leftPoints};t=${Math.ceil(hit.endsInMs / 1000)}`,
  };
}

/** Once an answer, if anything was spent for it. */
export function tellRateLimits(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.spent) reply.headers(rateLimitHeaders(request.spent));
    done(null, payload);
  });
}
