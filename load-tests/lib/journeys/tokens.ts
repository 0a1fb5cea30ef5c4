import { check } from 'k6';
import exec from 'k6/execution';
import { ownEmail, type Accounts } from '../accounts.ts';
import { readCount, readNumber } from '../environment.ts';
import { logIn, me } from '../operations.ts';
import { ownFreshSession, ownSession, repeat, rotate } from '../own-session.ts';
import type { Journey } from '../plan.ts';

/** Every so many refreshes a VU acts as if it had lost the answer. */
const REPEAT_EVERY_REFRESHES = readCount('REPEAT_EVERY_REFRESHES', 20);

/** Bound by the CPU: each costs a password hash. */
export const LOGIN: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('LOGINS_PER_SECOND', 10),
  p95Ms: { login: readNumber('LOGIN_P95_MS', 500) },
};

/** Bound by the database: each rotates a token. */
export const REFRESH: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('REFRESHES_PER_SECOND', 50),
  p95Ms: { refresh: readNumber('REFRESH_P95_MS', 150) },
};

/** A signature check, a look at the list of revoked sessions, and one query for the account. */
export const VERIFY: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('VERIFICATIONS_PER_SECOND', 100),
  p95Ms: { me: readNumber('ME_P95_MS', 100) },
};

/** A person signs in on a device that the account knows. */
export function login(accounts: Accounts): void {
  logIn(ownEmail(accounts), `Load test, VU ${exec.vu.idInTest}`);
}

/** A client exchanges its refresh token for the next one. */
export function refresh(accounts: Accounts): void {
  const tokens = ownSession(accounts);
  const successor = tokens && rotate(tokens);
  if (successor && exec.vu.iterationInScenario % REPEAT_EVERY_REFRESHES === 0) repeat(tokens, successor);
}

/** A client asks who it is, with an access token that must be its own. */
export function verify(accounts: Accounts): void {
  const tokens = ownFreshSession(accounts);
  const user = tokens && me(tokens.accessToken);
  if (user) check(user, { 'me: is the account that signed in': ({ email }) => email === ownEmail(accounts) });
}
