import type { EntityManager } from '@mikro-orm/postgresql';
import type { AccessTokens } from '../domain/access-token.js';
import type { PasswordHasher } from '../domain/password/hasher.js';
import type { Limits, PolicyName, RateLimiters } from '../domain/rate-limit/policies.js';
import type { RefreshKeys } from '../domain/refresh-token.js';
import type { Revocations } from '../domain/revocations.js';
import type { SessionReader } from '../domain/session/session.js';
import type { KeyRing } from '../domain/signing-keys/ring.js';
import type { UserReader } from '../domain/user.js';
import type { UpstreamTokens } from '../domain/upstream-token.js';

export type { Limits, PolicyName, RateLimiters };

/** All that use-cases are given. Each picks what it uses in its signature. */
export interface Deps {
  /** One fork a request, made when it is first used. */
  readonly em: EntityManager;
  /** An account as it is now, outside any transaction. */
  readonly readUser: UserReader;
  /** A user's sessions likewise. */
  readonly readSessions: SessionReader;
  readonly clock: () => Date;
  readonly settings: Settings;
  readonly passwords: PasswordHasher;
  readonly accessTokens: AccessTokens;
  /** null: services behind a proxy get no token. */
  readonly upstreamTokens: UpstreamTokens | null;
  readonly refreshKeys: RefreshKeys;
  readonly deviceKeys: DeviceKeys;
  readonly keyRing: () => KeyRing;
  readonly revocations: Revocations;
  /** How long a refresh may be repeated, now: the setting, and the longest database outage of late. */
  readonly graceSeconds: () => number;
  readonly limits: Limits;
}

export interface Settings {
  readonly issuer: string;
  readonly signupOpen: boolean;
  readonly refreshIdleTtlSeconds: number;
  readonly refreshAbsoluteTtlSeconds: number;
}

/** 32 bytes each: the one that signs device cookies, and all that still verify. */
export interface DeviceKeys {
  readonly signing: Uint8Array;
  readonly verifying: readonly Uint8Array[];
}
