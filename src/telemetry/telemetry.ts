import type { CleanedUp } from '../auth/clean-up.js';
import type { Deps } from '../auth/deps.js';
import type { PasswordHasher } from '../domain/password/hasher.js';
import type { RateLimiters } from '../domain/rate-limit/policies.js';
import type { Revocations } from '../domain/revocations/revocations.js';
import type { PoolState } from '../storage/orm.js';
import type { Observer } from '../transport/observer.js';

export interface TelemetrySettings {
  readonly host: string;
  readonly metricsPort: number | null;
  readonly metricsToken: string | null;
  readonly hashThreads: number;
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
  /** From now on it can be read. */
  listen(): Promise<void>;
  close(): Promise<void>;
}
