import type { Deps } from './deps.js';

const MAX_FEED_AGE_MS = 5_000;

export interface Readiness {
  readonly database: boolean;
  /** Whether the list of revoked sessions is fresh. */
  readonly revocations: boolean;
}

/** Whether this node can serve: asked by load balancers and orchestrators. Never throws. */
export async function readiness(deps: Pick<Deps, 'em' | 'revocations'>): Promise<Readiness> {
  const database = await deps.em.getConnection().isConnected();
  return { database, revocations: deps.revocations.ageMs() < MAX_FEED_AGE_MS };
}
