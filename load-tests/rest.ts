import { createAccounts } from './lib/accounts.ts';
import { REST_LOGIN, REST_REFRESH } from './lib/journeys/rest.ts';
import { plan } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';

/** The same tokens through the REST API. */
export const options = plan({ restLogin: REST_LOGIN, restRefreshing: REST_REFRESH }, { sessions_lost: ['count==0'] });

export { createAccounts as setup };
export { restLogin, restRefreshing } from './lib/journeys/rest.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('rest', data);
}
