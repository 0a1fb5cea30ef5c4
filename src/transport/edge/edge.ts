import type { Limits, RateLimiters } from '../../auth/deps.js';
import { createCookies, type Cookies } from './cookies.js';
import type { Observer } from './observer.js';
import { createOriginRules, type OriginRules } from './origin.js';
import { requestDepsOf, type BeginRequest, type SharedDeps } from './request-deps.js';
import type { TransportSettings } from './settings.js';

/** What is decided once, at start-up, whichever protocol a request speaks. */
interface EdgeParts {
  readonly settings: TransportSettings;
  /** The use-cases' dependencies outside of any request's work: to read the keys, to verify a token. */
  readonly deps: SharedDeps;
  /** For a protocol that has nothing of its own to count with. */
  readonly limits: Limits;
  /** For one that has. Both count the same. */
  readonly limiters: RateLimiters;
  readonly observer: Observer;
}

/** All that routes are given, beside the server that they are added to. */
export interface Edge extends EdgeParts {
  readonly cookies: Cookies;
  readonly origins: OriginRules;
  /** The use-cases' dependencies within one request. */
  readonly beginRequest: BeginRequest;
}

export function createEdge(parts: EdgeParts): Edge {
  return {
    ...parts,
    cookies: createCookies(parts.settings),
    origins: createOriginRules(parts.settings),
    beginRequest: requestDepsOf(parts.deps),
  };
}
