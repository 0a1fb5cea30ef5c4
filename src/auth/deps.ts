import type { EntityManager } from '@mikro-orm/postgresql';
import type { AccessTokens } from '../domain/access-token.js';
import type { PasswordHasher } from '../domain/password/hasher.js';
import type { EmailDomains } from '../domain/provider/decide-email.js';
import type { Hit, Limits, Policies, Policy, PolicyName, RateLimiters } from '../domain/rate-limit/policies.js';
import type { RefreshKeys } from '../domain/refresh-token.js';
import type { SessionReader } from '../domain/session/session.js';
import type { Revocations } from '../domain/revocations/revocations.js';
import type { KeyRing } from '../domain/signing-keys/ring.js';
import type { Verdict } from '../domain/session/rotate.js';
import type { Rotate } from '../domain/session/rotate-together.js';
import type { UserReader } from '../domain/user/user.js';
import type { UpstreamTokens } from '../domain/upstream-token.js';

export type { EmailDomains, Hit, Limits, Policies, Policy, PolicyName, RateLimiters };

/** All that use-cases are given. Each picks what it uses in its signature. */
export interface Deps {
  /** One fork a request, made when it is first used. */
  readonly em: EntityManager;
  /** An account as it is now, outside any transaction. */
  readonly readUser: UserReader;
  /** A user's sessions likewise. */
  readonly readSessions: SessionReader;
  /** Decides what a refresh token means, under the settings and within the grace window of now. */
  readonly rotate: Rotate;
  /** Whether it answers within two seconds, and can be written as far as is known. */
  readonly databaseIsWritable: () => Promise<boolean>;
  readonly clock: () => Date;
  readonly settings: Settings;
  readonly passwords: PasswordHasher;
  /** Whether a range server knows a password: false where there is none, null where it cannot be told. Never rejects. */
  readonly isBreached: (password: string) => Promise<boolean | null>;
  readonly accessTokens: AccessTokens;
  /** null: services behind a proxy get no token. */
  readonly upstreamTokens: UpstreamTokens | null;
  readonly refreshKeys: RefreshKeys;
  readonly deviceKeys: DeviceKeys;
  readonly keyRing: () => KeyRing;
  readonly revocations: Revocations;
  /** Told what became of each refresh token of ours. */
  readonly countRefresh: (outcome: Verdict['outcome']) => void;
  readonly limits: Limits;
  readonly providers: Providers;
  /** Encrypt what a browser keeps of a sign-in that it has begun. */
  readonly browserLoginKeys: BrowserLoginKeys;
}

export interface Settings {
  readonly issuer: string;
  readonly signupOpen: boolean;
  readonly refreshIdleTtlSeconds: number;
  readonly refreshAbsoluteTtlSeconds: number;
  /** Live ones of one account. */
  readonly sessionLimit: number;
}

/** 32 bytes each: the one that encrypts, and all that still decrypt. */
export interface BrowserLoginKeys {
  readonly encrypting: Uint8Array;
  readonly decrypting: readonly Uint8Array[];
}

/** 32 bytes each: the one that signs device cookies, and all that still verify. */
export interface DeviceKeys {
  readonly signing: Uint8Array;
  readonly verifying: readonly Uint8Array[];
}

/** The OpenID providers that people sign in with. Each is asked over the network, within bounded time. */
export interface Providers {
  /** As configured, in order. */
  readonly names: readonly string[];
  /** Those whose addresses a provider may vouch for. */
  emailDomains(provider: string): EmailDomains;
  /**
   * Judges an ID token that a client was given (OpenID Connect Core §3.1.3.7).
   *
   * @param nonce what the client made the provider put into it; null: nothing.
   * @throws AuthError UNAVAILABLE when the provider's keys cannot be had.
   */
  verifyIdToken(provider: string, idToken: string, nonce: string | null): Promise<ProviderAnswer>;
  /** Where a browser goes to sign in. @throws AuthError UNAVAILABLE */
  authorizationUrl(provider: string, login: LoginSecrets): Promise<string>;
  /**
   * Exchanges the code that a browser brought back.
   *
   * @param query of the callback, without its question mark.
   * @throws AuthError UNAVAILABLE
   */
  exchangeCode(provider: string, query: string, login: LoginSecrets): Promise<ProviderAnswer>;
}

/** What ties one sign-in in a browser together: CSRF (state), replay (nonce), a stolen code (PKCE, RFC 7636). */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** `refused`: a word for the event: `token_expired`, `wrong_aud`. */
export type ProviderAnswer = { readonly identity: ProvenIdentity } | { readonly refused: string };

/** What a provider's signature proves. */
export interface ProvenIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  /** `email_verified` is `true`; not `"true"`. */
  readonly emailVerified: boolean;
  /** The domain of the organisation that the provider keeps this person for: Google's `hd`. */
  readonly hostedDomain: string | null;
  readonly name: string | null;
  /** What of it may be used once. */
  readonly proof: { readonly digest: Uint8Array; readonly expiresAt: Date };
}
