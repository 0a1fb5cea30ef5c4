import { createAccounts } from './lib/accounts.ts';
import { readNumber } from './lib/environment.ts';
import { SIGN_OUT } from './lib/journeys/revoke.ts';
import { LIST_SESSIONS } from './lib/journeys/sessions.ts';
import { SIGNUP } from './lib/journeys/signup.ts';
import { LOGIN, REFRESH, VERIFY } from './lib/journeys/tokens.ts';
import { SESSION_PROMISES } from './lib/own-session.ts';
import { plan, type Journey } from './lib/plan.ts';
import { summarise } from './lib/summary.ts';

const ITERATIONS_PER_SECOND = readNumber('ITERATIONS_PER_SECOND', 100);

/** A journey's share of a day, in percent of all iterations. */
function share(journey: Journey, knob: string, percent: number): Journey {
  return { ...journey, perSecond: (ITERATIONS_PER_SECOND * readNumber(knob, percent)) / 100 };
}

/**
 * A day's mix: clients mostly verify, refresh four times an hour, and once in a while somebody signs in, looks at the
 * list of devices, signs out or joins.
 */
export const options = plan(
  {
    verify: share(VERIFY, 'VERIFY_PERCENT', 70),
    refresh: share(REFRESH, 'REFRESH_PERCENT', 20),
    login: share(LOGIN, 'LOGIN_PERCENT', 4),
    listSessions: share(LIST_SESSIONS, 'LIST_SESSIONS_PERCENT', 3),
    signOut: share(SIGN_OUT, 'SIGN_OUT_PERCENT', 2),
    signup: share(SIGNUP, 'SIGNUP_PERCENT', 1),
  },
  SESSION_PROMISES,
);

export { createAccounts as setup };
export { signOut } from './lib/journeys/revoke.ts';
export { listSessions } from './lib/journeys/sessions.ts';
export { signup } from './lib/journeys/signup.ts';
export { login, refresh, verify } from './lib/journeys/tokens.ts';

export function handleSummary(data: unknown): Record<string, string> {
  return summarise('mixed', data);
}
