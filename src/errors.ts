/**
 * What a use-case refuses with, and what each refusal tells the client. Transports map every code and its facts
 * (transport/edge/errors.ts, transport/graphql/refusal-view.ts), so a code that is added here does not compile until it
 * has an answer there, and neither does a fact that is taken away.
 */
export interface AuthErrorFacts {
  INVALID_INPUT: { readonly issues: readonly InputIssue[] };
  WEAK_PASSWORD: { readonly breached: boolean; readonly minLength: number; readonly why: string };
  EMAIL_TAKEN: NoFacts;
  SIGNUP_DISABLED: NoFacts;
  /** `provider`: it was the word of one that did not hold, and no password. */
  INVALID_CREDENTIALS: { readonly provider?: string };
  /** Proven, and refused all the same. `reference`: the id of the event that says why. */
  LOGIN_DENIED: { readonly why: string; readonly reference: string };
  /** At the provider, by the person. */
  LOGIN_CANCELLED: NoFacts;
  IDENTITY_TAKEN: NoFacts;
  LAST_WAY_IN: NoFacts;
  RATE_LIMITED: { readonly retryAfterSeconds: number };
  SESSION_ENDED: { readonly reason: SessionEndReason };
  STALE_REFRESH_TOKEN: NoFacts;
  INVALID_REFRESH_TOKEN: NoFacts;
  NOT_FOUND: { readonly what: string };
  /** `presented`: whether the request carried a credential that does not hold, or none (RFC 6750 §3.1). */
  UNAUTHENTICATED: { readonly why: string; readonly presented: boolean };
  FORBIDDEN: { readonly why: string };
  UNAVAILABLE: { readonly retryAfterSeconds: number };
}

export type AuthErrorCode = keyof AuthErrorFacts;
export type NoFacts = Readonly<Record<never, never>>;

export interface InputIssue {
  /** Where in the input: `['email']`. */
  readonly path: readonly string[];
  readonly message: string;
}

/** Why a session is no longer usable. */
export const SESSION_END_REASONS = [
  'EXPIRED_IDLE',
  'EXPIRED_ABSOLUTE',
  'LOGOUT',
  'REVOKED_BY_USER',
  'REVOKED_BY_ADMIN',
  'PASSWORD_CHANGED',
  'TOKEN_REUSE',
  'ACCOUNT_DISABLED',
  'SESSION_LIMIT',
] as const;
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];

type FactsOf<C extends AuthErrorCode> = NoFacts extends AuthErrorFacts[C]
  ? [facts?: AuthErrorFacts[C]]
  : [facts: AuthErrorFacts[C]];

/** An expected refusal. Thrown outside transactions only: what was written stays written. */
export const AuthError = class AuthError<C extends AuthErrorCode> extends Error {
  readonly code: C;
  readonly facts: AuthErrorFacts[C];

  constructor(code: C, ...[facts]: FactsOf<C>) {
    super(code);
    this.name = 'AuthError';
    this.code = code;
    this.facts = (facts ?? {}) as AuthErrorFacts[C];
  }
};

/** One of any code: `error.code === 'SESSION_ENDED'` tells which facts it has. */
export type AuthError = { [C in AuthErrorCode]: InstanceType<typeof AuthError<C>> }[AuthErrorCode];

/** `instanceof` alone would make it an AuthError of any code. */
export function isAuthError(error: unknown): error is AuthError {
  return error instanceof AuthError;
}

/** The gateway cannot start. The message is one sentence for the operator: what is wrong and what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
