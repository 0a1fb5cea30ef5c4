import { createAccounts } from './lib/accounts.ts';
import { SIGN_OUT, SIGN_OUT_EVERYWHERE } from './lib/journeys/revoke.ts';
import { plan } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';

/** Signing out, on one device and everywhere; what has ended must be refused at once. */
export const options = plan({ signOut: SIGN_OUT, signOutEverywhere: SIGN_OUT_EVERYWHERE });

export { createAccounts as setup };
export { signOut, signOutEverywhere } from './lib/journeys/revoke.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('revoke', data);
}
