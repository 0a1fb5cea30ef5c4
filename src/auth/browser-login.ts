import { AuthError } from '../errors.js';
import {
  beginLogin,
  BROWSER_LOGIN_SECONDS,
  isState,
  openLogin,
  proofOf,
  sealLogin,
  type BrowserLogin,
} from '../domain/provider/browser-login.js';
import { useProof } from '../domain/provider/used-proof.js';
import { consumeByAddress } from '../domain/rate-limit/by-address.js';
import type { Deps } from './deps.js';
import type { RequestMeta } from './request-meta.js';
import { refuseProvider, signInIdentity, type SignInIdentityDeps } from './steps/sign-in-identity.js';
import type { SignedIn } from './steps/start-session.js';

export { BROWSER_LOGIN_SECONDS, isState };
export type { BrowserLogin };

export interface BegunLogin {
  /** Where the browser goes. */
  readonly url: string;
  readonly state: string;
  /** What the browser keeps until it comes back. */
  readonly sealed: string;
}

/**
 * Sends a browser to a provider. Nothing of it is kept here: what it needs to come back with is sealed into a cookie.
 *
 * @throws AuthError UNAVAILABLE
 */
export async function beginBrowserLogin(
  deps: Pick<Deps, 'providers' | 'browserLoginKeys' | 'clock'>,
  input: Pick<BrowserLogin, 'provider' | 'returnTo' | 'fromAccountPage' | 'refreshCookie'>,
): Promise<BegunLogin> {
  const login = beginLogin(input);
  const url = await deps.providers.authorizationUrl(login.provider, login);
  const sealed = await sealLogin(deps.browserLoginKeys.encrypting, login, deps.clock());
  return { url, state: login.state, sealed };
}

/** The sign-in that this browser has begun, by its cookie; null when it has begun none, another, or long ago. */
export async function readBrowserLogin(
  deps: Pick<Deps, 'browserLoginKeys' | 'clock'>,
  sealed: string,
  callback: { readonly provider: string; readonly state: string },
): Promise<BrowserLogin | null> {
  const login = await openLogin(deps.browserLoginKeys.decrypting, sealed, callback.state, deps.clock());
  return login?.provider === callback.provider ? login : null;
}

/**
 * Signs in with the code that a browser brought back from a provider.
 *
 * @param query of the callback, without its question mark.
 * @throws AuthError INVALID_CREDENTIALS | LOGIN_CANCELLED | LOGIN_DENIED | RATE_LIMITED | UNAVAILABLE
 */
export async function finishBrowserLogin(
  deps: SignInIdentityDeps & Pick<Deps, 'providers' | 'clock'>,
  meta: RequestMeta,
  login: BrowserLogin,
  query: string,
): Promise<SignedIn> {
  // 1. Within this address's limits.
  await consumeByAddress(deps.limits, 'login.ip', meta.ip);

  // 2. Once, on whichever node, before the provider is asked: a repetition costs no request.
  const { provider } = login;
  if (!(await useProof(deps.em, proofOf(login, deps.clock()))))
    return refuseProvider(deps, meta, provider, 'used_already');

  // 3. The provider's word, in exchange for the code.
  const answer = await deps.providers.exchangeCode(provider, query, login);
  if ('refused' in answer && answer.refused === 'cancelled') throw new AuthError('LOGIN_CANCELLED');
  if ('refused' in answer) return refuseProvider(deps, meta, provider, answer.refused);

  // 4. Whose it is, and a session in the place of the one that the browser had.
  return signInIdentity(
    deps,
    { ...meta, refreshCookie: meta.refreshCookie ?? login.refreshCookie },
    { provider, identity: answer.identity, userType: 'client', deviceName: null, keepsCookies: true },
  );
}
