import { createAccounts } from './lib/accounts.ts';
import { LIST_SESSIONS, RENAME } from './lib/journeys/sessions.ts';
import { SESSION_PROMISES } from './lib/own-session.ts';
import { plan } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';

/** Looking at one's devices, and naming them. */
export const options = plan({ listSessions: LIST_SESSIONS, rename: RENAME }, SESSION_PROMISES);

export { createAccounts as setup };
export { listSessions, rename } from './lib/journeys/sessions.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('sessions', data);
}
