import { createHash, randomBytes } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import type { Proof } from './used-proof.js';

/** A sign-in with a provider that a browser has begun. It is kept by that browser alone, encrypted, for ten minutes. */
export interface BrowserLogin {
  readonly provider: string;
  /** Absolute URL, allowed already. */
  readonly returnTo: string;
  /** Begun at our own account page, which also tells of a refusal. */
  readonly fromAccountPage: boolean;
  /** Comes back in the callback's query, and is part of the cookie's name. */
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Of the session that the browser had: the callback comes from another site, and does not bring it along. */
  readonly refreshCookie: string | null;
}

export const BROWSER_LOGIN_SECONDS = 600;

const RANDOM_BYTES = 32;
const STATE = /^[\w-]{43}$/; // of RANDOM_BYTES in base64url
const MAX_SEALED_CHARACTERS = 4_096;
const ENCRYPTION = { alg: 'dir', enc: 'A256GCM' } as const;

export function beginLogin(
  login: Pick<BrowserLogin, 'provider' | 'returnTo' | 'fromAccountPage' | 'refreshCookie'>,
): BrowserLogin {
  const random = () => randomBytes(RANDOM_BYTES).toString('base64url');
  return { ...login, state: random(), nonce: random(), codeVerifier: random() };
}

/** Whether a callback's `state` can be one of ours. */
export function isState(text: string): boolean {
  return STATE.test(text);
}

/** What the cookie holds. @param key 32 bytes. */
export function sealLogin(key: Uint8Array, login: BrowserLogin, now: Date): Promise<string> {
  return new EncryptJWT({ login })
    .setProtectedHeader(ENCRYPTION)
    .setExpirationTime(Math.floor(now.getTime() / 1000) + BROWSER_LOGIN_SECONDS)
    .encrypt(key);
}

/** @returns null for anything that none of these keys encrypted, for another state, and after ten minutes. */
export async function openLogin(
  keys: readonly Uint8Array[],
  sealed: string,
  state: string,
  now: Date,
): Promise<BrowserLogin | null> {
  if (sealed.length > MAX_SEALED_CHARACTERS) return null;
  for (const key of keys) {
    try {
      const { payload } = await jwtDecrypt<{ login: BrowserLogin }>(sealed, key, {
        keyManagementAlgorithms: [ENCRYPTION.alg],
        contentEncryptionAlgorithms: [ENCRYPTION.enc],
        requiredClaims: ['exp'],
        currentDate: now,
      });
      return payload.login.state === state ? payload.login : null;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return null;
}

/** A callback is answered once. */
export function proofOf({ state }: BrowserLogin, now: Date): Proof {
  return {
    digest: createHash('sha256').update(`state ${state}`).digest(),
    expiresAt: new Date(now.getTime() + BROWSER_LOGIN_SECONDS * 1000),
  };
}
