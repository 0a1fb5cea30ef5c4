import { createAccounts } from './lib/accounts.ts';
import { SIGNUP } from './lib/journeys/signup.ts';
import { plan } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';

/** Opening accounts: how many new people a second. */
export const options = plan({ signup: SIGNUP });

export { createAccounts as setup };
export { signup } from './lib/journeys/signup.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('signup', data);
}
