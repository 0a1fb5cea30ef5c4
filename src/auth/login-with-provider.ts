import { AuthError, type InputIssue } from '../errors.js';
import { parseDeviceName } from '../domain/device/device-name.js';
import { consumeByAddress } from '../domain/rate-limit/by-address.js';
import type { UserType } from '../domain/user/user.js';
import type { Deps } from './deps.js';
import type { RequestMeta } from './request-meta.js';
import { refuseProvider, signInIdentity, type SignInIdentityDeps } from './steps/sign-in-identity.js';
import type { SignedIn } from './steps/start-session.js';

export interface ProviderLoginInput {
  readonly provider: string;
  readonly idToken: string;
  /** What the client made the provider put into the token; null: nothing. */
  readonly nonce: string | null;
  /** Of an account that is opened with it. */
  readonly userType: UserType;
  readonly deviceName: string | null;
  /** Whether the client keeps cookies: then it is given its device's. */
  readonly keepsCookies: boolean;
}

/**
 * Signs in with an ID token that a provider gave to the client. Each signs in once.
 *
 * @throws AuthError INVALID_CREDENTIALS | LOGIN_DENIED | INVALID_INPUT | RATE_LIMITED | UNAVAILABLE
 */
export async function loginWithProvider(
  deps: SignInIdentityDeps & Pick<Deps, 'providers'>,
  meta: RequestMeta,
  input: ProviderLoginInput,
): Promise<SignedIn> {
  // 1. Within this address's limits, and well-formed.
  await consumeByAddress(deps.limits, 'login.ip', meta.ip);
  const deviceName = parse(deps.providers.names, input);

  // 2. The provider's word.
  const { provider, idToken, nonce, userType, keepsCookies } = input;
  const answer = await deps.providers.verifyIdToken(provider, idToken, nonce);
  if ('refused' in answer) return refuseProvider(deps, meta, provider, answer.refused);

  // 3. Whose it is, and a session.
  return signInIdentity(deps, meta, { provider, identity: answer.identity, userType, deviceName, keepsCookies });
}

/** @returns the device's name. */
function parse(providers: readonly string[], input: ProviderLoginInput): string | null {
  const issues: InputIssue[] = [];
  const deviceName = input.deviceName === null ? null : parseDeviceName(input.deviceName);
  if (!providers.includes(input.provider))
    issues.push({ path: ['provider'], message: 'There is no such provider here.' });
  if (deviceName && !deviceName.ok) issues.push({ path: ['deviceName'], message: deviceName.message });
  if (input.userType === 'admin')
    issues.push({ path: ['userType'], message: 'An administrator is made by another administrator.' });
  if (issues.length > 0) throw new AuthError('INVALID_INPUT', { issues });
  return deviceName?.ok ? deviceName.name : null;
}
