import type { FastifyRequest } from 'fastify';
import type { Policies, RateLimiters } from '../../auth/deps.js';
import { createCookies, type Cookies } from './cookies.js';
import type { Observer } from './observer.js';
import { createOriginRules, type OriginRules } from './origin.js';
import { requestDepsOf, type BeginRequest, type SharedDeps } from './request-deps.js';
import { RequestLimits } from './request-limits.js';
import type { TransportSettings } from './settings.js';

/** What is decided once, at start-up, whichever protocol a request speaks. */
interface EdgeParts {
  readonly settings: TransportSettings;
  /** The use-cases' dependencies outside of any request's work: to read the keys, to verify a token. */
  readonly deps: SharedDeps;
  readonly limiters: RateLimiters;
  /** The policies that answers may tell of. */
  readonly toldPolicies: Policies;
  readonly observer: Observer;
}

/** All that routes are given, beside the server that they are added to. */
export interface Edge extends EdgeParts {
  readonly cookies: Cookies;
  readonly origins: OriginRules;
  /** The use-cases' dependencies within one request. */
  readonly beginRequest: BeginRequest;
  /** What counts for it: `consume`, or `hit` for a protocol that has something of its own to count with. */
  readonly limitsOf: (request: FastifyRequest) => RequestLimits;
}

export function createEdge(parts: EdgeParts): Edge {
  const cookies = createCookies(parts.settings);
  const counting = { ...parts, cookies };
  return {
    ...parts,
    cookies,
    origins: createOriginRules(parts.settings),
    beginRequest: requestDepsOf(parts.deps),
    limitsOf: (request) => new RequestLimits(counting, request),
  };
}
