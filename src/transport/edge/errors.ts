import { AuthError, isAuthError, type AuthErrorCode, type AuthErrorFacts } from '../../errors.js';

/** What each refusal is in every protocol: the HTTP status, and what people read. */
interface Answer<C extends AuthErrorCode> {
  /** Top-level `extensions.code`, where it is not a result. */
  readonly topLevelCode: 'UNAUTHENTICATED' | 'FORBIDDEN' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'BAD_USER_INPUT';
  readonly httpStatus: number;
  readonly message: (facts: AuthErrorFacts[C]) => string;
}

/** A code without an entry does not compile. */
const ANSWERS: { readonly [C in AuthErrorCode]: Answer<C> } = {
  INVALID_INPUT: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 400,
    message: ({ issues }) => issues.map((issue) => issue.message).join(' '),
  },
  WEAK_PASSWORD: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 400,
    message: ({ why }) => why,
  },
  EMAIL_TAKEN: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 409,
    message: () => 'This e-mail address has an account already.',
  },
  SIGNUP_DISABLED: {
    topLevelCode: 'FORBIDDEN',
    httpStatus: 403,
    message: () => 'Sign-up is closed.',
  },
  INVALID_CREDENTIALS: {
    topLevelCode: 'UNAUTHENTICATED',
    httpStatus: 401,
    message: ({ provider }) =>
      provider === undefined ? 'E-mail or password is wrong.' : 'That sign-in does not hold. Start it again.',
  },
  LOGIN_DENIED: {
    topLevelCode: 'FORBIDDEN',
    httpStatus: 403,
    message: ({ why }) => why,
  },
  LOGIN_CANCELLED: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 400,
    message: () => 'The sign-in was cancelled.',
  },
  IDENTITY_TAKEN: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 409,
    message: () => 'This sign-in belongs to another account.',
  },
  LAST_WAY_IN: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 409,
    message: () => 'Nothing else would let you in: set a password or link another provider first.',
  },
  RATE_LIMITED: {
    topLevelCode: 'RATE_LIMITED',
    httpStatus: 429,
    message: ({ retryAfterSeconds }) => `Too many attempts. Try again in ${retryAfterSeconds} s.`,
  },
  SESSION_ENDED: {
    topLevelCode: 'UNAUTHENTICATED',
    httpStatus: 401,
    message: () => 'The session has ended. Sign in again.',
  },
  STALE_REFRESH_TOKEN: {
    topLevelCode: 'UNAUTHENTICATED',
    httpStatus: 401,
    message: () => 'An older refresh token: use the newest one you hold. The session goes on.',
  },
  INVALID_REFRESH_TOKEN: {
    topLevelCode: 'UNAUTHENTICATED',
    httpStatus: 401,
    message: () => 'The refresh token is not valid. Sign in again.',
  },
  NOT_FOUND: {
    topLevelCode: 'BAD_USER_INPUT',
    httpStatus: 404,
    message: ({ what }) => what,
  },
  UNAUTHENTICATED: {
    topLevelCode: 'UNAUTHENTICATED',
    httpStatus: 401,
    message: ({ why }) => why,
  },
  FORBIDDEN: {
    topLevelCode: 'FORBIDDEN',
    httpStatus: 403,
    message: ({ why }) => why,
  },
  UNAVAILABLE: {
    topLevelCode: 'UNAVAILABLE',
    httpStatus: 503,
    message: () => 'The server is busy. Try again in a moment.',
  },
};

export interface Refusal {
  readonly topLevelCode: string;
  readonly httpStatus: number;
  readonly message: string;
  /** Response headers that go with it: WWW-Authenticate (RFC 6750 §3), Retry-After (RFC 9110 §10.2.3). */
  readonly headers: Readonly<Record<string, string>>;
}

export function refusalOf(error: AuthError): Refusal {
  const { topLevelCode, httpStatus } = ANSWERS[error.code];
  const headers: Record<string, string> = {};
  if (error.code === 'UNAUTHENTICATED')
    headers['www-authenticate'] = `Bearer realm="fluxgate"${error.facts.presented ? ', error="invalid_token"' : ''}`;
  if (error.code === 'RATE_LIMITED' || error.code === 'UNAVAILABLE')
    headers['retry-after'] = String(error.facts.retryAfterSeconds);
  return { topLevelCode, httpStatus, message: messageOf(error.code, error.facts), headers };
}

function messageOf<C extends AuthErrorCode>(code: C, facts: AuthErrorFacts[C]): string {
  return ANSWERS[code].message(facts);
}

const OUTAGE_RETRY_SECONDS = 2;

/** The database is away: what was asked may be asked again. */
export const OUTAGE = new AuthError('UNAVAILABLE', { retryAfterSeconds: OUTAGE_RETRY_SECONDS });

/**
 * Connection refused, reset or timed out, no way there, or no file descriptor left for it; PostgreSQL shutting down, starting
 * up, closed to connections or out of them, or a standby that cannot write yet (SQLSTATE classes 08 and 57, 53300, 25006); its
 * disk or its memory full (53100, 53200), or a disk that fails (58030); a statement, a transaction, a pause in one or the wait
 * for a lock that took too long; two that waited for each other (40001, 40P01). 08P01 is not among them: a message that the
 * server cannot read is our mistake, and stays one when repeated.
 */
const OUTAGE_CODES = new RegExp(
  '^(' +
    'ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|(ENET|EHOST)(UNREACH|DOWN)|EADDRNOTAVAIL|EAI_AGAIN|ENOTFOUND|' +
    'E[MN]FILE|ERR_STREAM_(DESTROYED|WRITE_AFTER_END)|' +
    '08(?!P01)...|57...|58030|53[123]00|55P03|25P0[34]|25006|40001|40P01' +
    ')$',
);
/**
 * What has no code, or one that says less: a socket file that is not there, what the driver and its pool say, and PgBouncer,
 * whose every refusal is 08P01.
 */
const OUTAGE_MESSAGES = new RegExp(
  'connect ENOENT|timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|' +
    'too many requests wait for a database connection|not currently accepting connections|is not queryable|' +
    'Cannot use a pool after calling end on the pool|driver has already been destroyed|' +
    'There was an error establishing an SSL connection|' +
    'query_wait_timeout|server conn crashed|server login has been failing|no more connections allowed',
  'i',
);

export function isOutage(error: unknown): error is Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && OUTAGE_CODES.test(cause.code)) return true;
    if (OUTAGE_MESSAGES.test(cause.message)) return true;
  }
  return false;
}

/** After these two a client signs out; after any other refusal it keeps what it holds. */
export function endsTheSession(error: unknown): boolean {
  return isAuthError(error) && (error.code === 'SESSION_ENDED' || error.code === 'INVALID_REFRESH_TOKEN');
}
