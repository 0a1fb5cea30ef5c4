import type { AuthError, AuthErrorCode, AuthErrorFacts } from '../../errors.js';
import type { RefusalObject } from './types/refusals.js';

/** What a refusal's type has of its own. */
type OwnFields<Refusal> = Refusal extends unknown ? Omit<Refusal, 'code' | 'message'> : never;

type View<C extends AuthErrorCode> = (facts: AuthErrorFacts[C]) => OwnFields<RefusalObject>;

/**
 * Refusals as clients may see them, fact by fact: what is not written here does not leave. A code without an entry does
 * not compile, nor does an entry without a field that its type promises. null: never part of a result, always a
 * top-level error.
 */
const VIEWS: { readonly [C in AuthErrorCode]: View<C> | null } = {
  INVALID_INPUT: ({ issues }) => ({
    __typename: 'InvalidInput',
    issues: issues.map(({ path, message }) => ({ path, message })),
  }),
  WEAK_PASSWORD: ({ breached, minLength }) => ({ __typename: 'WeakPassword', breached, minLength }),
  EMAIL_TAKEN: () => ({ __typename: 'EmailTaken' }),
  SIGNUP_DISABLED: () => ({ __typename: 'SignupDisabled' }),
  INVALID_CREDENTIALS: () => ({ __typename: 'InvalidCredentials' }),
  LOGIN_DENIED: ({ reference }) => ({ __typename: 'LoginDenied', reference }),
  LOGIN_CANCELLED: null,
  IDENTITY_TAKEN: () => ({ __typename: 'IdentityTaken' }),
  LAST_WAY_IN: () => ({ __typename: 'LastWayIn' }),
  RATE_LIMITED: ({ retryAfterSeconds }) => ({ __typename: 'RateLimited', retryAfterSeconds }),
  SESSION_ENDED: ({ reason }) => ({ __typename: 'SessionEnded', reason }),
  STALE_REFRESH_TOKEN: () => ({ __typename: 'StaleRefreshToken' }),
  INVALID_REFRESH_TOKEN: () => ({ __typename: 'InvalidRefreshToken' }),
  NOT_FOUND: () => ({ __typename: 'NotFound' }),
  UNAUTHENTICATED: null,
  FORBIDDEN: null,
  UNAVAILABLE: null,
};

/** The refusal as a member of a result union, or null where it is never one. */
export function refusalView(error: AuthError, message: string): RefusalObject | null {
  const own = ownFieldsOf(error.code, error.facts);
  return own && { ...own, code: error.code, message };
}

function ownFieldsOf<C extends AuthErrorCode>(code: C, facts: AuthErrorFacts[C]): OwnFields<RefusalObject> | null {
  return VIEWS[code]?.(facts) ?? null;
}
