import type { CleanedUp } from '../auth/operator/clean-up.js';
import type { Deps } from '../auth/deps.js';
import type { PasswordHasher } from '../domain/password/hasher.js';
import type { RateLimiters } from '../domain/rate-limit/policies.js';
import type { Revocations } from '../domain/revocations/revocations.js';
import type { Fetch } from '../outbound/oidc/bounded-fetch.js';
import type { PoolState } from '../storage/orm.js';
import type { BeginStatement } from '../storage/watch-statements.js';
import type { Observer } from '../transport/edge/observer.js';
import type { SamplerSettings } from './traces/sampler.js';

export interface TelemetrySettings extends SamplerSettings {
  readonly host: string;
  readonly metricsPort: number | null;
  readonly metricsToken: string | null;
  /** null: there are no traces. */
  readonly tracesUrl: string | null;
}

/** What looks on while the gateway works. Each `watch…` gives back what it was given, watched. */
export interface Telemetry {
  readonly observer: Observer;
  readonly countRefresh: Deps['countRefresh'];
  watchPasswords(passwords: PasswordHasher): PasswordHasher;
  watchLimits(limiters: RateLimiters): RateLimiters;
  watchRevocations(revocations: Revocations): Revocations;
  /** Told of every round that this process has done. */
  watchCleanUp(): (removed: CleanedUp) => void;
  watchPool(state: () => Promise<PoolState>): void;
  /** @param aheadSeconds of the database's. */
  watchClock(aheadSeconds: () => number): void;
  watchFetch(fetch: Fetch): Fetch;
  /** null: nobody looks at statements. */
  readonly beginStatement: BeginStatement | null;
  /** From now on it can be read. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** As much of it as counting takes. */
export type Metrics = Omit<Telemetry, 'watchFetch' | 'beginStatement'>;
