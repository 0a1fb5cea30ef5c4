import type { EntityManager } from '@mikro-orm/postgresql';
import { AuthError } from '../../errors.js';
import { revokeImportedTokens } from '../../domain/imported-token.js';
import { decideSignIn, type SignInDecision, type SignInRefusal } from '../../domain/provider/decide-sign-in.js';
import {
  deleteIdentities,
  findOwner,
  insertIdentity,
  lockIdentity,
  touchIdentity,
} from '../../domain/provider/identity.js';
import { useProof } from '../../domain/provider/used-proof.js';
import { recordEvents } from '../../domain/security-event.js';
import { revokeSessions } from '../../domain/session/revoke.js';
import {
  handOver,
  insertUser,
  lockAndReadUser,
  parseEmail,
  parseName,
  type EmailAddress,
  type User,
  type UserType,
} from '../../domain/user/user.js';
import type { Deps, ProvenIdentity } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';
import { issueTokens, startSession, type SignedIn, type StartedSession } from './start-session.js';

/** What a provider has proven, and what the client says beside it. */
export interface IdentitySignIn {
  readonly provider: string;
  readonly identity: ProvenIdentity;
  /** Of an account that is opened with it. */
  readonly userType: UserType;
  readonly deviceName: string | null;
}

export type SignInIdentityDeps = Pick<
  Deps,
  'em' | 'settings' | 'limits' | 'accessTokens' | 'refreshKeys' | 'deviceKeys' | 'revocations'
>;

const DENIED: Record<SignInRefusal, string> = {
  account_disabled: 'This account is disabled.',
  email_not_verified: 'The provider has not verified your e-mail address, so it opens no account here.',
  privileged_account: 'Sign in with your password, and link this provider to your account first.',
  signup_closed: 'Sign-up is closed, and no account here belongs to this sign-in.',
};

interface Refused {
  readonly refused: SignInRefusal | 'used_already' | 'account_changed';
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
  const { identity, provider, deviceName } = signIn;
  await deps.limits.consume('login.account', `${identity.issuer} ${identity.subject}`);

  // 2. The account, unless the proof was used before; then the session.
  const outcome = await deps.em.transactional(async (tx): Promise<Refused | (Admitted & StartedSession)> => {
    await lockIdentity(tx, identity);
    const found = await find(tx, deps, identity);
    if ('refused' in found.decision) return { ...found.decision, ...(found.user && { userId: found.user.id }) };
    if (!(await useProof(tx, identity.proof))) return { refused: 'used_already' };
    // Somebody who signs up with this address at the same moment may be faster: then it is another account.
    const admitted =
      (await admit(tx, meta, signIn, found)) ?? (await admit(tx, meta, signIn, await find(tx, deps, identity)));
    if (!admitted) return { refused: 'account_changed' };
    const event = admitted.isNew ? 'signup.succeeded' : 'login.succeeded';
    const started = await startSession(tx, deps, meta, {
      user: admitted.user,
      deviceName,
      event,
      details: { provider },
    });
    return started ? { ...admitted, ...started } : { refused: 'account_changed', userId: admitted.user.id };
  });

  // 3. Tokens, or the refusal.
  if ('refused' in outcome) return refuseProvider(deps, meta, provider, outcome.refused, outcome.userId);
  deps.revocations.add(outcome.endedSessionIds);
  return issueTokens(deps, outcome.user, outcome);
}

/** Written before it is thrown: a failure is never lost with its transaction. */
export async function refuseProvider(
  deps: Pick<Deps, 'em'>,
  meta: RequestMeta,
  provider: string,
  reason: string,
  userId?: string,
): Promise<never> {
  const [reference = ''] = await recordEvents(deps.em, meta, [
    { type: 'login.failed', userId, details: { reason, provider } },
  ]);
  if (!isDenial(reason)) throw new AuthError('INVALID_CREDENTIALS', { provider });
  throw new AuthError('LOGIN_DENIED', { why: DENIED[reason], reference });
}

function isDenial(reason: string): reason is SignInRefusal {
  return Object.hasOwn(DENIED, reason);
}

interface Found {
  readonly decision: SignInDecision;
  readonly user: User | null;
  readonly email: EmailAddress | null;
}

/** The account that it is about, with its row taken, and what is to happen with it. */
async function find(tx: EntityManager, { settings }: Pick<Deps, 'settings'>, identity: ProvenIdentity): Promise<Found> {
  const parsed = parseEmail(identity.email ?? '');
  const email = parsed.ok ? parsed.value : null;
  const emailProven = email !== null && identity.emailVerified;

  const ownerId = await findOwner(tx, identity);
  const by = ownerId !== null ? { id: ownerId } : emailProven ? { emailKey: email.key } : null;
  const user = by && (await lockAndReadUser(tx, by));
  const account = user && {
    by: ownerId === null ? ('email' as const) : ('identity' as const),
    isActive: user.status === 'active',
    emailVerified: Boolean(user.emailVerifiedAt),
    isPrivileged: user.userType === 'admin' || user.roles.length > 0,
  };
  return { decision: decideSignIn({ account, emailProven, signupOpen: settings.signupOpen }), user, email };
}

/** @returns null when the account is not as it was found. */
async function admit(
  tx: EntityManager,
  meta: RequestMeta,
  { provider, identity, userType }: IdentitySignIn,
  { decision, user, email }: Found,
): Promise<Admitted | null> {
  if ('refused' in decision) return null;
  const linked = (userId: string) => ({ ...identity, userId, provider, email: email?.display ?? null });
  if (decision.outcome === 'sign_in')
    return user && (await touchIdentity(tx, linked(user.id))) ? { user, isNew: false, endedSessionIds: [] } : null;
  if (!email) return null;

  const name = nameOf(identity, email);
  let endedSessionIds: readonly string[] = [];
  let admitted = user;
  if (decision.outcome === 'create')
    admitted = await insertUser(tx, { email, name, userType, passwordHash: null, emailVerified: true });
  else if (decision.outcome === 'claim' && user) {
    endedSessionIds = await clear(tx, meta, user.id, provider);
    admitted = await handOver(tx, user.id, name);
  }
  if (!admitted) return null;
  await insertIdentity(tx, linked(admitted.id));
  await recordEvents(tx, meta, [{ type: 'identity.linked', userId: admitted.id, details: { provider } }]);
  return { user: admitted, isNew: decision.outcome === 'create', endedSessionIds };
}

/** Ends every way in that an account has, but for its password (handOver). @returns the sessions that it ended. */
async function clear(tx: EntityManager, meta: RequestMeta, userId: string, provider: string): Promise<string[]> {
  const reason = 'PASSWORD_CHANGED';
  const sessionIds = await revokeSessions(tx, userId, { all: true }, reason);
  await revokeImportedTokens(tx, userId, reason);
  const identities = await deleteIdentities(tx, userId, 'all');
  await recordEvents(tx, meta, [
    { type: 'account.claimed', userId, details: { provider } },
    ...sessionIds.map((sessionId) => ({ type: 'session.revoked', userId, sessionId, details: { reason } }) as const),
    ...identities.map((gone) => ({ type: 'identity.unlinked', userId, details: { provider: gone.provider } }) as const),
  ]);
  return sessionIds;
}

/** As the provider says, where that can be a name here. */
function nameOf({ name }: ProvenIdentity, email: EmailAddress): string {
  const [beforeAt = ''] = email.display.split('@');
  const candidates = [name ?? '', beforeAt].map(parseName);
  return candidates.find((candidate) => candidate.ok)?.value ?? email.display;
}
