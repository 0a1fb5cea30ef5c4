import { AuthError, type InputIssue } from '../errors.js';
import { parseDeviceName } from '../domain/device/device-name.js';
import { decidePassword, PASSWORD_MIN_CHARACTERS } from '../domain/password/password.js';
import { consumeByAddress } from '../domain/rate-limit/by-address.js';
import { parseName, parseNewEmail, type EmailAddress } from '../domain/user/parse.js';
import { findUserByEmail, isEmailTaken, newUser, type UserType } from '../domain/user/user.js';
import type { Deps } from './deps.js';
import type { RequestMeta } from './request-meta.js';
import { recordAttempt } from './steps/record-attempt.js';
import { requireUnbreached } from './steps/require-unbreached.js';
import { issueTokens, startSession, type SignedIn } from './steps/start-session.js';

export interface SignupInput {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly userType: UserType;
  readonly deviceName: string | null;
  /** Whether the client keeps cookies: then it is given its device's. */
  readonly keepsCookies: boolean;
}

interface ParsedSignup {
  readonly email: EmailAddress;
  readonly name: string;
  readonly password: string;
  readonly deviceName: string | null;
}

/**
 * Opens an account and signs it in. The user, the session and their events are one transaction.
 *
 * @throws AuthError INVALID_INPUT | WEAK_PASSWORD | EMAIL_TAKEN | SIGNUP_DISABLED | RATE_LIMITED | UNAVAILABLE
 */
export async function signup(
  deps: Pick<
    Deps,
    | 'em'
    | 'clock'
    | 'settings'
    | 'limits'
    | 'passwords'
    | 'isBreached'
    | 'accessTokens'
    | 'refreshKeys'
    | 'deviceKeys'
    | 'revocations'
  >,
  meta: RequestMeta,
  input: SignupInput,
): Promise<SignedIn> {
  // 1. Within limits, and open to the public.
  await consumeByAddress(deps.limits, 'signup.ip', meta.ip);
  if (!deps.settings.signupOpen) throw new AuthError('SIGNUP_DISABLED');

  // 2. Well-formed, with a password worth having; a taken address is refused before it costs a hash.
  const { email, name, password, deviceName } = parse(input);
  const holder = await findUserByEmail(deps.em, email.key);
  if (holder) return refuseTaken(deps, meta, holder.id);
  await requireUnbreached(deps, meta, password);

  // 3. The account, its first session, their events.
  const passwordHash = await deps.passwords.hash(password);
  const { userType } = input;
  try {
    const started = await deps.em.transactional(async (tx) => {
      const user = newUser(tx, { email, name, userType, passwordHash });
      const signIn = { user, deviceName, getsCookie: input.keepsCookies, event: 'signup.succeeded' } as const;
      return { user, session: await startSession(tx, deps, meta, signIn) };
    });
    return await issueTokens(deps, started.user, started.session);
  } catch (error) {
    // 4. Another sign-up with this address was faster.
    if (!isEmailTaken(error)) throw error;
    return refuseTaken(deps, meta, (await findUserByEmail(deps.em, email.key))?.id);
  }
}

function parse(input: SignupInput): ParsedSignup {
  const issues: InputIssue[] = [];
  const email = parseNewEmail(input.email);
  const name = parseName(input.name);
  const deviceName = input.deviceName === null ? null : parseDeviceName(input.deviceName);
  const verdict = decidePassword(input.password, { email: input.email, name: input.name });

  if (!email.ok) issues.push({ path: ['email'], message: email.message });
  if (!name.ok) issues.push({ path: ['name'], message: name.message });
  if (deviceName && !deviceName.ok) issues.push({ path: ['deviceName'], message: deviceName.message });
  if (verdict !== 'ok' && 'issue' in verdict) issues.push({ path: ['password'], message: verdict.message });
  if (input.userType === 'admin')
    issues.push({ path: ['userType'], message: 'An administrator is made by another administrator.' });

  if (issues.length > 0 || !email.ok || !name.ok) throw new AuthError('INVALID_INPUT', { issues });
  if (verdict !== 'ok' && 'weak' in verdict)
    throw new AuthError('WEAK_PASSWORD', {
      breached: verdict.breached,
      why: verdict.why,
      minLength: PASSWORD_MIN_CHARACTERS,
    });
  return {
    email: email.value,
    name: name.value,
    password: input.password,
    deviceName: deviceName?.ok ? deviceName.name : null,
  };
}

async function refuseTaken(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  userId: string | undefined,
): Promise<never> {
  await recordAttempt(deps, meta, { type: 'signup.failed', userId, details: { reason: 'email_taken' } });
  throw new AuthError('EMAIL_TAKEN');
}
