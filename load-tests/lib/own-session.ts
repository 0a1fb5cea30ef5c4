import { check } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { ownEmail, type Accounts } from './accounts.ts';
import { logIn, refreshWith, type Tokens } from './operations.ts';

/**
 * The session that this VU holds. A VU has a JavaScript runtime of its own, so a module variable is that VU's state, as
 * a client's storage is.
 */
let held: { readonly tokens: Tokens; readonly accessExpiresAtMs: number } | undefined;

/**
 * Sessions that ended although nobody ended them: the newest refresh token was refused as if it were old, forged or of
 * a session that is over. An answer that does not come is no loss: the same token is presented again.
 */
const sessionsLost = new Counter('sessions_lost');
/** Tokens handed out, access and refresh tokens alike. */
const tokensIssued = new Counter('tokens_issued');

const LOSING_REFUSALS: readonly (string | undefined)[] = ['SessionEnded', 'InvalidRefreshToken', 'StaleRefreshToken'];
/** An access token is replaced this long before it expires, so that it does not expire on its way. */
const EXPIRY_MARGIN_MS = 30_000;

/** Thresholds of every script that keeps a session. */
export const SESSION_PROMISES = { sessions_lost: ['count==0'], tokens_issued: ['count>0'] };

/** Signs in the first time. @returns undefined when that was refused: the next iteration tries again. */
export function ownSession(accounts: Accounts): Tokens | undefined {
  return held?.tokens ?? keep(logIn(ownEmail(accounts), `Load test, VU ${exec.vu.idInTest}`));
}

/** As ownSession, with an access token that is not about to expire: a soak run outlives many. */
export function ownFreshSession(accounts: Accounts): Tokens | undefined {
  const tokens = ownSession(accounts);
  if (!tokens || !held || held.accessExpiresAtMs - Date.now() > EXPIRY_MARGIN_MS) return tokens;
  return rotate(tokens);
}

/** Presents the newest refresh token and keeps what comes back. */
export function rotate({ refreshToken }: Tokens): Tokens | undefined {
  const { payload, typename } = refreshWith(refreshToken);
  if (LOSING_REFUSALS.includes(typename)) {
    sessionsLost.add(1);
    held = undefined;
  }
  if (!payload) return undefined;

  check(payload, { 'refresh: a new refresh token': (fresh) => fresh.refreshToken !== refreshToken });
  return keep(payload);
}

/** As if the answer had been lost: the token that has just been used is presented again, for the same successor. */
export function repeat(used: Tokens, successor: Tokens): void {
  const { payload } = refreshWith(used.refreshToken);
  check(payload, {
    'refresh: a repeated token gives the same successor': (again) => again?.refreshToken === successor.refreshToken,
  });
}

function keep(tokens: Tokens | undefined): Tokens | undefined {
  if (!tokens) return undefined;
  tokensIssued.add(2);
  sessionsLost.add(0); // a threshold that nothing feeds passes unseen
  held = { tokens, accessExpiresAtMs: Date.now() + tokens.expiresIn * 1000 };
  return tokens;
}
