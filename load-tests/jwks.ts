import { KEYS, METADATA } from './lib/journeys/jwks.ts';
import { plan } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';
import { requireReady } from './lib/target.ts';

/** What other services fetch to verify tokens: keys and metadata. */
export const options = plan({ keys: KEYS, metadata: METADATA });

export { requireReady as setup };
export { keys, metadata } from './lib/journeys/jwks.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('jwks', data);
}
