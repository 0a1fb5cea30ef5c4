import { validate as isUuid } from 'uuid';
import { AuthError } from '../errors.js';
import { decideEmail } from '../domain/provider/decide-email.js';
import { decideLink, decideUnlink } from '../domain/provider/decide-link.js';
import {
  findIdentity,
  listIdentities,
  lockIdentity,
  newIdentity,
  touchIdentity,
  type Identity,
} from '../domain/provider/identity.js';
import { useProof } from '../domain/provider/used-proof.js';
import { recordEvents } from '../domain/security-event.js';
import { findSessions } from '../domain/session/session.js';
import { parseEmail } from '../domain/user/parse.js';
import { lockUser, markEmailVerified, noteUnlinked, type User } from '../domain/user/user.js';
import type { Deps, ProvenIdentity } from './deps.js';
import type { RequestMeta, Viewer } from './request-meta.js';

export interface LinkProviderInput {
  readonly provider: string;
  readonly idToken: string;
  /** What the client made the provider put into the token; null: nothing. */
  readonly nonce: string | null;
}

const NO_SUCH_SIGN_IN = { what: 'You have no such sign-in.' };

/**
 * Adds a way in to the viewer's account, also a second one of a provider, or to an account with a role: its owner is here,
 * and says so. Linking what is linked succeeds again. The e-mail address need not be the account's; where it is, and the
 * provider proves it, so has the account from now on.
 *
 * @throws AuthError INVALID_CREDENTIALS | IDENTITY_TAKEN | INVALID_INPUT | RATE_LIMITED | UNAUTHENTICATED | UNAVAILABLE
 */
export async function linkProvider(
  deps: Pick<Deps, 'em' | 'limits' | 'providers'>,
  meta: RequestMeta,
  viewer: Viewer,
  { provider, idToken, nonce }: LinkProviderInput,
): Promise<Identity> {
  // 1. Within limits, with the word of a provider that there is.
  await deps.limits.consume('session.write', viewer.sessionId);
  if (!deps.providers.names.includes(provider))
    throw new AuthError('INVALID_INPUT', {
      issues: [{ path: ['provider'], message: 'There is no such provider here.' }],
    });
  await deps.limits.consume('account.write', viewer.userId);
  const answer = await deps.providers.verifyIdToken(provider, idToken, nonce);
  if ('refused' in answer) throw new AuthError('INVALID_CREDENTIALS', { provider });

  // 2. The identity, unless it is somebody's, or the viewer's session has ended meanwhile: this outlives sessions.
  const outcome = await deps.em.transactional(async (tx) => {
    await lockIdentity(tx, answer.identity);
    const user = await lockUser(tx, viewer.userId);
    const [session] = await findSessions(tx, [viewer.sessionId]);
    if (!user || !session || session.endReason) return 'signed_out' as const;
    const linked = await link(tx, meta, { user, sessionId: viewer.sessionId }, provider, answer.identity);
    const email = parseEmail(answer.identity.email ?? '');
    const key = email.ok ? email.value.key : null;
    const proof = decideEmail({ ...answer.identity, key }, deps.providers.emailDomains(provider));
    if (typeof linked === 'object' && proof === 'proven' && key === user.emailKey) markEmailVerified(user);
    return linked;
  });

  // 3. What became of it.
  if (outcome === 'signed_out')
    throw new AuthError('UNAUTHENTICATED', { why: 'The session of this access token has ended.', presented: true });
  if (outcome === 'taken') throw new AuthError('IDENTITY_TAKEN');
  if (outcome === 'used_already') throw new AuthError('INVALID_CREDENTIALS', { provider });
  return outcome;
}

async function link(
  tx: Deps['em'],
  meta: RequestMeta,
  { user, sessionId }: { readonly user: User; readonly sessionId: string },
  provider: string,
  proven: ProvenIdentity,
): Promise<Identity | 'taken' | 'used_already'> {
  const known = await findIdentity(tx, proven);
  if (decideLink(known?.user.id ?? null, user.id) === 'taken') return 'taken';
  if (!(await useProof(tx, proven.proof))) return 'used_already';

  const email = parseEmail(proven.email ?? '');
  const facts = { provider, email: email.ok ? email.value.display : null };
  if (known) {
    touchIdentity(known, facts);
    return known;
  }
  await recordEvents(tx, meta, [{ type: 'identity.linked', userId: user.id, sessionId, details: { provider } }]);
  return newIdentity(tx, user, proven, facts);
}

/**
 * Takes one of the viewer's ways in away. Sessions that began with it go on. It comes back by `linkProvider` alone.
 *
 * @throws AuthError NOT_FOUND | LAST_WAY_IN | RATE_LIMITED
 */
export async function unlinkProvider(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  viewer: Viewer,
  identityId: string,
): Promise<Identity> {
  await deps.limits.consume('session.write', viewer.sessionId);
  if (!isUuid(identityId)) throw new AuthError('NOT_FOUND', NO_SUCH_SIGN_IN);
  await deps.limits.consume('account.write', viewer.userId);

  // The user's row first: two that take one each away at once would both see the other's.
  const outcome = await deps.em.transactional(async (tx) => {
    const user = await lockUser(tx, viewer.userId);
    const identities = await listIdentities(tx, viewer.userId);
    const identity = identities.find(({ id }) => id === identityId.toLowerCase());
    if (!user || !identity) return 'not_found' as const;
    const left = { hasPassword: user.passwordHash !== null, otherIdentities: identities.length - 1 };
    if (decideUnlink(left) === 'last_way_in') return 'last_way_in' as const;
    tx.remove(identity);
    noteUnlinked(user, identity.issuer);
    const { userId, sessionId } = viewer;
    const details = { provider: identity.provider };
    await recordEvents(tx, meta, [{ type: 'identity.unlinked', userId, sessionId, details }]);
    return identity;
  });

  if (outcome === 'not_found') throw new AuthError('NOT_FOUND', NO_SUCH_SIGN_IN);
  if (outcome === 'last_way_in') throw new AuthError('LAST_WAY_IN');
  return outcome;
}
