import { validate as isUuid } from 'uuid';
import { AuthError } from '../errors.js';
import { decideLink, decideUnlink } from '../domain/provider/decide-link.js';
import {
  deleteIdentities,
  findOwner,
  insertIdentity,
  listIdentities,
  lockIdentity,
  touchIdentity,
} from '../domain/provider/identity.js';
import { useProof } from '../domain/provider/used-proof.js';
import { recordEvents } from '../domain/security-event.js';
import { findSessions } from '../domain/session/session.js';
import { lockAndReadUser, markEmailVerified, parseEmail } from '../domain/user/user.js';
import type { Identity } from '../storage/entities/identity.js';
import type { Deps, ProvenIdentity } from './deps.js';
import type { RequestMeta, Viewer } from './request-meta.js';

export interface LinkProviderInput {
  readonly provider: string;
  readonly idToken: string;
  /** What the client made the provider put into the token; null: nothing. */
  readonly nonce: string | null;
}

/**
 * Adds a way in to the viewer's account. Linking what is linked succeeds again. The e-mail address need not be the
 * account's; where it is, and the provider has verified it, so has the account from now on.
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
  await deps.limits.consume('account.write', viewer.userId);
  if (!deps.providers.names.includes(provider))
    throw new AuthError('INVALID_INPUT', {
      issues: [{ path: ['provider'], message: 'There is no such provider here.' }],
    });
  const answer = await deps.providers.verifyIdToken(provider, idToken, nonce);
  if ('refused' in answer) throw new AuthError('INVALID_CREDENTIALS', { provider });

  // 2. The identity, unless it is somebody's, or the viewer's session has ended meanwhile: this outlives sessions.
  const outcome = await deps.em.transactional(async (tx) => {
    await lockIdentity(tx, answer.identity);
    const user = await lockAndReadUser(tx, { id: viewer.userId });
    const [session] = await findSessions(tx, [viewer.sessionId]);
    if (!user || !session || session.endReason) return 'signed_out' as const;
    const linked = await link(tx, meta, viewer, provider, answer.identity);
    const email = parseEmail(answer.identity.email ?? '');
    if (typeof linked === 'object' && answer.identity.emailVerified && email.ok && email.value.key === user.emailKey)
      await markEmailVerified(tx, user.id);
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
  { userId, sessionId }: Viewer,
  provider: string,
  identity: ProvenIdentity,
): Promise<Identity | 'taken' | 'used_already'> {
  const decision = decideLink(await findOwner(tx, identity), userId);
  if (decision === 'taken') return 'taken';
  if (!(await useProof(tx, identity.proof))) return 'used_already';

  const email = parseEmail(identity.email ?? '');
  const linked = { ...identity, userId, provider, email: email.ok ? email.value.display : null };
  if (decision === 'linked_already') await touchIdentity(tx, linked);
  else {
    await insertIdentity(tx, linked);
    await recordEvents(tx, meta, [{ type: 'identity.linked', userId, sessionId, details: { provider } }]);
  }
  const isIt = ({ issuer, subject }: Identity) => issuer === identity.issuer && subject === identity.subject;
  return (await listIdentities(tx, userId)).find(isIt) ?? 'taken';
}

/**
 * Takes one of the viewer's ways in away. Sessions that began with it go on.
 *
 * @throws AuthError NOT_FOUND | LAST_WAY_IN | RATE_LIMITED
 */
export async function unlinkProvider(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  viewer: Viewer,
  identityId: string,
): Promise<Identity> {
  await deps.limits.consume('account.write', viewer.userId);

  // The user's row first: two that take one each away at once would both see the other's.
  const outcome = await deps.em.transactional(async (tx) => {
    const user = await lockAndReadUser(tx, { id: viewer.userId });
    const identities = isUuid(identityId) ? await listIdentities(tx, viewer.userId) : [];
    const identity = identities.find(({ id }) => id === identityId.toLowerCase());
    if (!identity) return 'not_found' as const;
    const left = { hasPassword: user?.hasPassword ?? false, otherIdentities: identities.length - 1 };
    if (decideUnlink(left) === 'last_way_in') return 'last_way_in' as const;
    await deleteIdentities(tx, viewer.userId, identity);
    const { userId, sessionId } = viewer;
    const details = { provider: identity.provider };
    await recordEvents(tx, meta, [{ type: 'identity.unlinked', userId, sessionId, details }]);
    return identity;
  });

  if (outcome === 'not_found') throw new AuthError('NOT_FOUND', { what: 'You have no such sign-in.' });
  if (outcome === 'last_way_in') throw new AuthError('LAST_WAY_IN');
  return outcome;
}
