import { check } from 'k6';
import { Counter } from 'k6/metrics';
import { ownEmail, type Accounts } from '../accounts.ts';
import { readNumber } from '../environment.ts';
import type { Journey } from '../plan.ts';
import { restLogIn, restLogOut, restMe, restRefresh, restSessions, type RestTokens } from '../rest.ts';

export const REST_LOGIN: Journey = {
  protocol: 'http',
  perSecond: readNumber('LOGINS_PER_SECOND', 10),
  p95Ms: {
    rest_login: readNumber('LOGIN_P95_MS', 500),
    rest_logout: readNumber('REVOKE_P95_MS', 200),
  },
};

export const REST_REFRESH: Journey = {
  protocol: 'http',
  perSecond: readNumber('REFRESHES_PER_SECOND', 50),
  p95Ms: {
    rest_refresh: readNumber('REFRESH_P95_MS', 150),
    rest_me: readNumber('ME_P95_MS', 100),
    rest_sessions: readNumber('SESSIONS_P95_MS', 200),
  },
};

/** Sessions that ended although nobody ended them: the newest refresh token was answered with 401. */
const sessionsLost = new Counter('sessions_lost');

/** This VU's newest tokens. */
let held: RestTokens | undefined;

export function restLogin(accounts: Accounts): void {
  const tokens = restLogIn(ownEmail(accounts));
  if (tokens) restLogOut(tokens.refreshToken);
}

/** Refreshes, then uses the new access token as a client would. */
export function restRefreshing(accounts: Accounts): void {
  held ??= restLogIn(ownEmail(accounts));
  if (!held) return;
  const used = held.refreshToken;
  const { status, body } = restRefresh(used);
  sessionsLost.add(status === 401 ? 1 : 0);
  if (status === 401) held = undefined;
  if (!body) return;

  const next = body.data;
  held = next;
  check(next, { 'rest_refresh: a new refresh token': ({ refreshToken }) => refreshToken !== used });
  check(restMe(next.accessToken), { 'rest_me: own account': (user) => user?.email === ownEmail(accounts) });
  check(restSessions(next.accessToken), {
    'rest_sessions: one is the current one': (all) => all?.filter(({ isCurrent }) => isCurrent).length === 1,
  });
}
