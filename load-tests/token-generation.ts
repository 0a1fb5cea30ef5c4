import { createAccounts } from './lib/accounts.ts';
import { LOGIN, REFRESH, VERIFY } from './lib/journeys/tokens.ts';
import { SESSION_PROMISES } from './lib/own-session.ts';
import { plan } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';

/** Tokens: signing in, refreshing and verifying side by side, each a scenario of its own. */
export const options = plan({ login: LOGIN, refresh: REFRESH, verify: VERIFY }, SESSION_PROMISES);

export { createAccounts as setup };
export { login, refresh, verify } from './lib/journeys/tokens.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('token-generation', data);
}
