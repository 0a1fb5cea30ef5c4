import { AuthError, isAuthError, type InputIssue } from '../errors.js';
import { readDevices } from '../domain/device/device-cookie.js';
import { findKnownDevice } from '../domain/device/device.js';
import { parseDeviceName } from '../domain/device/device-name.js';
import { isPresentable } from '../domain/password/password.js';
import { consumeByAddress } from '../domain/rate-limit/by-address.js';
import { countedAddress } from '../domain/rate-limit/ip-prefix.js';
import { parseEmail } from '../domain/user/parse.js';
import { findUserByEmail, lockUser } from '../domain/user/user.js';
import type { Deps } from './deps.js';
import type { RequestMeta } from './request-meta.js';
import { NO_ROOM } from './steps/make-room.js';
import { recordAttempt } from './steps/record-attempt.js';
import { issueTokens, startSessionWithinLimit, type SignedIn } from './steps/start-session.js';

export interface LoginInput {
  readonly email: string;
  readonly password: string;
  readonly deviceName: string | null;
  /** Whether the client keeps cookies: then it is given its device's. */
  readonly keepsCookies: boolean;
}

/**
 * Signs in with e-mail and password. An unknown address gets the same answer for the same work as a wrong password.
 *
 * @throws AuthError INVALID_CREDENTIALS | LOGIN_DENIED | INVALID_INPUT | RATE_LIMITED | UNAVAILABLE
 */
export async function login(
  deps: Pick<
    Deps,
    'em' | 'clock' | 'settings' | 'limits' | 'passwords' | 'accessTokens' | 'refreshKeys' | 'deviceKeys' | 'revocations'
  >,
  meta: RequestMeta,
  input: LoginInput,
): Promise<SignedIn> {
  // 1. Within this address's limits, and well-formed. A signed device may turn out to be known: an address has more of those.
  const devices = readDevices(deps.deviceKeys.verifying, meta.deviceCookie);
  const hasDevice = devices.length > 0;
  await consumeByAddress(deps.limits, hasDevice ? 'login.known_ip' : 'login.ip', meta.ip);
  const { emailKey, password, deviceName } = parse(input);

  // 2. Within the account's limits: a known device has a pool of its own.
  const user = await findUserByEmail(deps.em, emailKey);
  const known = user && hasDevice ? await findKnownDevice(deps.em, user, devices) : null;
  if (known) {
    await deps.limits.consume('login.known_device', known.id);
  } else {
    if (hasDevice) await consumeByAddress(deps.limits, 'login.ip', meta.ip);
    await deps.limits.consume('login.account', emailKey);
  }

  // 3. The password; where there is none to compare with, a hash of equal cost.
  const caller = user && known ? { account: user.id, address: countedAddress(meta.ip ?? '').identity } : null;
  const verified = await deps.passwords.verify(user?.passwordHash ?? null, password, caller);
  if (!user) return refuse(deps, meta, undefined, 'unknown_account');
  if (!verified) return refuse(deps, meta, user.id, 'wrong_password');
  if (user.status !== 'active') return refuse(deps, meta, user.id, 'account_disabled');
  const betterHash = await rehash(deps, user.passwordHash, password);

  // 4. The session and its events, unless the account changed while the password was checked, or has no room for it.
  const session = await deps.em.transactional(async (tx) => {
    const account = await lockUser(tx, user.id);
    if (account?.status !== 'active' || account.passwordVersion !== user.passwordVersion)
      return 'account_changed' as const;
    if (betterHash) account.passwordHash = betterHash;
    const getsCookie = input.keepsCookies;
    const signIn = { user: account, deviceName, getsCookie, event: 'login.succeeded' } as const;
    return (await startSessionWithinLimit(tx, deps, meta, signIn)) ?? ('session_limit' as const);
  });
  if (typeof session === 'string') return refuse(deps, meta, user.id, session);
  return issueTokens(deps, user, session);
}

function parse(input: LoginInput): { emailKey: string; password: string; deviceName: string | null } {
  const issues: InputIssue[] = [];
  const email = parseEmail(input.email);
  const deviceName = input.deviceName === null ? null : parseDeviceName(input.deviceName);
  if (!email.ok) issues.push({ path: ['email'], message: email.message });
  if (!isPresentable(input.password))
    issues.push({ path: ['password'], message: 'Enter the password: 1 to 256 characters.' });
  if (deviceName && !deviceName.ok) issues.push({ path: ['deviceName'], message: deviceName.message });
  if (issues.length > 0 || !email.ok) throw new AuthError('INVALID_INPUT', { issues });
  return {
    emailKey: email.value.key,
    password: input.password,
    deviceName: deviceName?.ok ? deviceName.name : null,
  };
}

/** A hash of today's costs where the stored one has others. A server too busy for it leaves it to the next sign-in. */
async function rehash(
  { passwords }: Pick<Deps, 'passwords'>,
  stored: string | null,
  password: string,
): Promise<string | null> {
  if (!stored || !passwords.needsRehash(stored)) return null;
  return passwords.hash(password).catch((error: unknown) => {
    if (isAuthError(error)) return null;
    throw error;
  });
}

async function refuse(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  userId: string | undefined,
  reason: string,
): Promise<never> {
  const reference = await recordAttempt(deps, meta, { type: 'login.failed', userId, details: { reason } });
  if (reason === 'session_limit') throw new AuthError('LOGIN_DENIED', { why: NO_ROOM, reference });
  throw new AuthError('INVALID_CREDENTIALS');
}
