import type { Deps } from './deps.js';

export interface Readiness {
  /** Whether it answers, and can be written. */
  readonly database: boolean;
  /** Whether the list of revoked sessions is fresh. */
  readonly revocations: boolean;
}

/**
 * Whether this node can serve: asked by load balancers and orchestrators. Never throws, and never waits for a database
 * that hangs.
 */
export async function readiness(deps: Pick<Deps, 'databaseIsWritable' | 'revocations'>): Promise<Readiness> {
  return { database: await deps.databaseIsWritable(), revocations: !deps.revocations.isStale() };
}
