import { beginLogin, BROWSER_LOGIN_SECONDS, sealLogin, type BrowserLogin } from '../domain/provider/browser-login.js';
import type { Deps } from './deps.js';

export { BROWSER_LOGIN_SECONDS };

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
