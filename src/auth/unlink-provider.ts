import { validate as isUuid } from 'uuid';
import { AuthError } from '../errors.js';
import { decideUnlink } from '../domain/provider/decide-link.js';
import { deleteIdentities, listIdentities } from '../domain/provider/identity.js';
import { recordEvents } from '../domain/security-event.js';
import { lockAndReadUser } from '../domain/user/user.js';
import type { Identity } from '../storage/entities/identity.js';
import type { Deps } from './deps.js';
import type { RequestMeta, Viewer } from './request-meta.js';

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
