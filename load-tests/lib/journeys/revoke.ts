import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { ownEmail, unusedEmail, type Accounts } from '../accounts.ts';
import { readNumber } from '../environment.ts';
import { logIn, refreshEnded, revoke, revokeAll, signUp } from '../operations.ts';
import type { Journey } from '../plan.ts';
import { BASE_URL, REQUEST_TIMEOUT } from '../target.ts';

/** Signing out, and whether it holds at once. */
export const SIGN_OUT: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('SIGN_OUTS_PER_SECOND', 5),
  p95Ms: {
    login: readNumber('LOGIN_P95_MS', 500),
    revoke: readNumber('REVOKE_P95_MS', 200),
    me_revoked: readNumber('ME_P95_MS', 100),
    refresh: readNumber('REFRESH_P95_MS', 150),
  },
};

/** Signing out everywhere: an account of its own for each iteration, so that no VU ends another's sessions. */
export const SIGN_OUT_EVERYWHERE: Journey = {
  protocol: 'graphql',
  perSecond: readNumber('SIGN_OUTS_EVERYWHERE_PER_SECOND', 1),
  p95Ms: {
    signup: readNumber('SIGNUP_P95_MS', 600),
    login: readNumber('LOGIN_P95_MS', 500),
    revokeAll: readNumber('REVOKE_P95_MS', 200),
    me_revoked: readNumber('ME_P95_MS', 100),
  },
};

export function signOut(accounts: Accounts): void {
  const tokens = logIn(ownEmail(accounts), `Load test, VU ${exec.vu.idInTest}`);
  const ended = tokens && revoke(tokens.refreshToken);
  if (!ended) return;
  check(ended, { 'revoke: the session is over': ({ status }) => status === 'REVOKED' });
  isRefusedAtOnce(tokens.accessToken);
  refreshEnded(tokens.refreshToken);
}

export function signOutEverywhere(accounts: Accounts): void {
  const email = unusedEmail(accounts);
  const first = signUp(email);
  const second = first && logIn(email, 'Another device');
  const ended = second && revokeAll(second.accessToken);
  if (!ended) return;
  check(ended, { 'revokeAll: both sessions are over': ({ revokedCount }) => revokedCount === 2 });
  isRefusedAtOnce(first.accessToken);
  isRefusedAtOnce(second.accessToken);
}

const REFUSED = http.expectedStatuses(401);

/** An access token of an ended session is HTTP 401 on the node that ended it, although it has not expired. */
function isRefusedAtOnce(accessToken: string): void {
  const response = http.post(`${BASE_URL}/graphql`, JSON.stringify({ query: '{ me { id } }' }), {
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
    tags: { name: 'me_revoked' },
    timeout: REQUEST_TIMEOUT,
    responseCallback: REFUSED,
  });
  check(response, { 'me: refused once the session is over': ({ status }) => status === 401 });
}
