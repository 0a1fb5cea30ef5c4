import type { FastifyRequest } from 'fastify';
import type { Hit, Limits, Policies, PolicyName, RateLimiters } from '../../auth/deps.js';
import { recordLimitReached } from '../../auth/record-limit-reached.js';
import { AuthError } from '../../errors.js';
import type { Cookies } from './cookies.js';
import { tighter } from './rate-limit-headers.js';
import type { SharedDeps } from './request-deps.js';
import { readRequest } from './request.js';

interface Counting {
  readonly limiters: RateLimiters;
  readonly toldPolicies: Policies;
  readonly cookies: Cookies;
  readonly deps: SharedDeps;
}

/** The limits of one request, whichever protocol counts them: it notes what its answer may tell, and what operators have to know. */
export class RequestLimits implements Limits, RateLimiters {
  constructor(
    private readonly counting: Counting,
    private readonly request: FastifyRequest,
  ) {}

  async consume(policy: PolicyName, identity: string, points?: number): Promise<void> {
    const { waitMs } = await this.hit(policy, identity, points);
    if (waitMs > 0) throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }

  async hit(name: string, identity: string, points?: number): Promise<Hit> {
    const { counting, request } = this;
    const hit = await counting.limiters.hit(name, identity, points);
    const policy = counting.toldPolicies[name];
    if (policy) request.spent = tighter(request.spent, { name, policy, hit });
    if (hit.isFirstRefused) await this.record(name, identity);
    return hit;
  }

  /** Who is beyond a limit is refused for that, whether or not it can be written down. */
  private async record(policy: string, identity: string): Promise<void> {
    const { request, counting } = this;
    try {
      const meta = readRequest(request, counting.cookies);
      await recordLimitReached({ em: counting.deps.em.fork() }, meta, policy, identity);
    } catch (error) {
      request.log.warn({ err: error, policy }, 'a limit that was reached was not written down');
    }
  }
}
