import type { EntityManager } from '@mikro-orm/postgresql';
import { AuthError } from '../../errors.js';
import { decideEmail } from '../../domain/provider/decide-email.js';
import { decideSignIn, type SignInDecision, type SignInRefusal } from '../../domain/provider/decide-sign-in.js';
import {
  findIdentity,
  knowsIssuer,
  listIdentities,
  lockIdentity,
  newIdentity,
  touchIdentity,
  type Identity,
} from '../../domain/provider/identity.js';
import { useProof } from '../../domain/provider/used-proof.js';
import { recordEvents } from '../../domain/security-event.js';
import { parseEmail, parseName, type EmailAddress } from '../../domain/user/parse.js';
import {
  handOver,
  isEmailTaken,
  lockUser,
  lockUserByEmail,
  newUser,
  type User,
  type UserType,
} from '../../domain/user/user.js';
import type { Deps, ProvenIdentity } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';
import { endSessions } from './end-sessions.js';
import { NO_ROOM } from './make-room.js';
import { recordAttempt } from './record-attempt.js';
import { issueTokens, startSessionWithinLimit, type SignedIn, type StartedSession } from './start-session.js';

/** What a provider has proven, and what the client says beside it. */
export interface IdentitySignIn {
  readonly provider: string;
  readonly identity: ProvenIdentity;
  /** Of an account that is opened with it. */
  readonly userType: UserType;
  readonly deviceName: string | null;
  /** Whether the client keeps cookies: then it is given its device's. */
  readonly keepsCookies: boolean;
}

export type SignInIdentityDeps = Pick<
  Deps,
  'em' | 'clock' | 'settings' | 'limits' | 'accessTokens' | 'refreshKeys' | 'deviceKeys' | 'revocations' | 'providers'
>;

type Denial = SignInRefusal | 'session_limit';

const DENIED: Record<Denial, string> = {
  account_disabled: 'This account is disabled.',
  another_identity: 'Your account has, or had, another sign-in of this provider. Sign in as before, and link this one.',
  email_not_verified: 'The provider has not verified your e-mail address, so it opens no account here.',
  email_not_vouched_for: 'The provider may not vouch for your e-mail address, so it opens no account here.',
  privileged_account: 'Sign in as before, and link this provider to your account first.',
  session_limit: NO_ROOM,
  signup_closed: 'Sign-up is closed, and no account here belongs to this sign-in.',
};

interface Refused {
  readonly refused: Denial | 'used_already';
  readonly userId?: string;
}

interface Admitted {
  readonly user: User;
  readonly isNew: boolean;
  /** Sessions of whoever had the account before. */
  readonly endedSessionIds: readonly string[];
}

/**
 * The steps that sign-ins with a provider share, once it has proven who somebody is: the account, its session, their
 * events, in one transaction.
 *
 * @throws AuthError INVALID_CREDENTIALS | LOGIN_DENIED | RATE_LIMITED
 */
export async function signInIdentity(
  deps: SignInIdentityDeps,
  meta: RequestMeta,
  signIn: IdentitySignIn,
): Promise<SignedIn> {
  // 1. Within the identity's limits. They are its own: failed passwords of strangers do not count.
  const { identity, provider } = signIn;
  await deps.limits.consume('login.account', `${identity.issuer} ${identity.subject}`);

  // 2. The account and its session, unless the proof was used before. Somebody may be faster with the same address, or take
  //    the identity away at the same moment: then all is decided again, once.
  const outcome = (await attempt(deps, meta, signIn)) ?? (await attempt(deps, meta, signIn));

  // 3. Tokens, or the refusal.
  if (!outcome) return refuseProvider(deps, meta, provider, 'account_changed');
  if ('refused' in outcome) return refuseProvider(deps, meta, provider, outcome.refused, outcome.userId);
  deps.revocations.add(outcome.endedSessionIds, 'PASSWORD_CHANGED');
  return issueTokens(deps, outcome.user, outcome);
}

/** @returns null where the account changed while it was decided what to do with it: nothing has happened then. */
async function attempt(
  deps: SignInIdentityDeps,
  meta: RequestMeta,
  signIn: IdentitySignIn,
): Promise<Refused | (Admitted & StartedSession) | null> {
  const { identity, provider, deviceName, keepsCookies: getsCookie } = signIn;
  try {
    return await deps.em.transactional(async (tx) => {
      await lockIdentity(tx, identity);
      const found = await find(tx, deps, signIn);
      if (!found) return null;
      const { decision, user } = found;
      if ('refused' in decision) return { ...decision, ...(user && { userId: user.id }) };
      if (!(await useProof(tx, identity.proof))) return { refused: 'used_already' } as const;
      const admitted = await admit(tx, meta, signIn, found);
      const event = admitted.isNew ? 'signup.succeeded' : 'login.succeeded';
      const started = { user: admitted.user, deviceName, getsCookie, event, details: { provider } } as const;
      const session = await startSessionWithinLimit(tx, deps, meta, started);
      return session ? { ...admitted, ...session } : { refused: 'session_limit', userId: admitted.user.id };
    });
  } catch (error) {
    if (isEmailTaken(error)) return null;
    throw error;
  }
}

export async function refuseProvider(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  provider: string,
  reason: string,
  userId?: string,
): Promise<never> {
  const reference = await recordAttempt(deps, meta, { type: 'login.failed', userId, details: { reason, provider } });
  if (!isDenial(reason)) throw new AuthError('INVALID_CREDENTIALS', { provider });
  throw new AuthError('LOGIN_DENIED', { why: DENIED[reason], reference });
}

function isDenial(reason: string): reason is Denial {
  return Object.hasOwn(DENIED, reason);
}

interface Found {
  readonly decision: SignInDecision;
  /** Whose it is, or will be; its row is taken. */
  readonly user: User | null;
  readonly known: Identity | null;
  readonly email: EmailAddress | null;
}

/** The account that it is about, and what is to happen with it. @returns null where it was taken away just now. */
async function find(
  tx: EntityManager,
  { settings, providers }: Pick<Deps, 'settings' | 'providers'>,
  { provider, identity }: IdentitySignIn,
): Promise<Found | null> {
  const parsed = parseEmail(identity.email ?? '');
  const address = parsed.ok ? parsed.value : null;
  const email = decideEmail({ ...identity, key: address?.key ?? null }, providers.emailDomains(provider));

  const ownerId = (await findIdentity(tx, identity))?.user.id ?? null;
  const byEmail = ownerId === null && address !== null && email === 'proven';
  const user = ownerId !== null ? await lockUser(tx, ownerId) : byEmail ? await lockUserByEmail(tx, address.key) : null;
  const known = ownerId === null ? null : await findIdentity(tx, identity); // as it is once the user's row is taken
  if (ownerId !== null && known?.user.id !== ownerId) return null;
  const account = user && {
    by: known ? ('identity' as const) : ('email' as const),
    isActive: user.status === 'active',
    emailVerified: Boolean(user.emailVerifiedAt),
    isPrivileged: user.userType === 'admin' || user.roles.length > 0,
    knowsIssuer: !known && knowsIssuer(user, await listIdentities(tx, user.id), identity), // once its row is taken
  };
  return { decision: decideSignIn({ account, email, signupOpen: settings.signupOpen }), user, known, email: address };
}

async function admit(
  tx: EntityManager,
  meta: RequestMeta,
  { provider, identity, userType }: IdentitySignIn,
  { decision, user, known, email }: Found,
): Promise<Admitted> {
  const facts = { provider, email: email?.display ?? null };
  if (known && user) {
    touchIdentity(known, facts);
    return { user, isNew: false, endedSessionIds: [] };
  }
  if (!email) throw new Error('an account is found, or opened, by a proven address only');

  const name = nameOf(identity, email);
  const isClaim = 'outcome' in decision && decision.outcome === 'claim';
  const endedSessionIds = user && isClaim ? await clear(tx, meta, user.id, provider) : [];
  if (user && isClaim) handOver(user, name);
  const admitted = user ?? newUser(tx, { email, name, userType, passwordHash: null, emailVerified: true });
  newIdentity(tx, admitted, identity, facts);
  await recordEvents(tx, meta, [{ type: 'identity.linked', userId: admitted.id, details: { provider } }]);
  return { user: admitted, isNew: user === null, endedSessionIds };
}

/** Ends every way in that an account has, but for its password (handOver). @returns the sessions that it ended. */
async function clear(tx: EntityManager, meta: RequestMeta, userId: string, provider: string): Promise<string[]> {
  const identities = await listIdentities(tx, userId);
  for (const gone of identities) tx.remove(gone);
  await recordEvents(tx, meta, [
    { type: 'account.claimed', userId, details: { provider } },
    ...identities.map((gone) => ({ type: 'identity.unlinked', userId, details: { provider: gone.provider } }) as const),
  ]);
  return endSessions(tx, meta, { userId, selection: { all: true }, reason: 'PASSWORD_CHANGED' });
}

/** As the provider says, where that can be a name here. */
function nameOf({ name }: ProvenIdentity, email: EmailAddress): string {
  const [beforeAt = ''] = email.display.split('@');
  const candidates = [name ?? '', beforeAt].map(parseName);
  return candidates.find((candidate) => candidate.ok)?.value ?? email.display;
}
