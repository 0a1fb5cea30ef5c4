import { AuthError } from '../../errors.js';
import { recordEvents } from '../../domain/security-event.js';
import { eraseUser, type Erased } from '../../domain/user/erase.js';
import { isRole, lockAdministrators, lockUser } from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import { endSessions, OPERATOR } from '../steps/end-sessions.js';

export type { Erased };

const LAST_ADMINISTRATOR = { why: 'This is the last account with the role admin: give the role to another one first.' };

/**
 * Gives a user these roles, instead of those that there were. Access tokens tell them from the next refresh on.
 *
 * @returns those that there were. @throws AuthError INVALID_INPUT | FORBIDDEN: of the last administrator
 */
export async function setRoles(deps: Pick<Deps, 'em'>, id: string, roles: readonly string[]): Promise<string[]> {
  if (!roles.every(isRole))
    throw new AuthError('INVALID_INPUT', {
      issues: [{ path: ['roles'], message: 'A role is lower-case letters, digits, - and _.' }],
    });
  const to = [...new Set(roles)];
  const from = await deps.em.transactional(async (tx) => {
    if (!to.includes('admin') && (await isLastAdministrator(tx, id))) return null;
    const user = await lockUser(tx, id);
    if (!user) return [];
    const before = user.roles;
    user.roles = to;
    await recordEvents(tx, OPERATOR, [{ type: 'user.roles_changed', userId: id, details: { from: before, to } }]);
    return before;
  });
  if (!from) throw new AuthError('FORBIDDEN', LAST_ADMINISTRATOR);
  return from;
}

/**
 * Erases an account with its sessions, devices, identities and imported tokens. Its events stay for as long as events are
 * kept: they say what happened, also to whoever looks into it later, by the account's id and not by its address.
 *
 * @param known waits until every gateway has read who was revoked; until then the rows that tell it stay.
 * @throws AuthError FORBIDDEN: of the last administrator
 */
export async function deleteUser(deps: Pick<Deps, 'em'>, userId: string, known: () => Promise<void>): Promise<Erased> {
  // 1. Nobody signs in any more, and whoever is signed in is out.
  const isAllowed = await deps.em.transactional(async (tx) => {
    if (await isLastAdministrator(tx, userId)) return false;
    const user = await lockUser(tx, userId);
    if (user) user.status = 'disabled';
    await endSessions(tx, OPERATOR, { userId, selection: { all: true }, reason: 'ACCOUNT_DISABLED' });
    return true;
  });
  if (!isAllowed) throw new AuthError('FORBIDDEN', LAST_ADMINISTRATOR);
  await known();

  // 2. What there is of it.
  return deps.em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const erased = await eraseUser(tx, userId);
    await recordEvents(tx, OPERATOR, [{ type: 'user.deleted', userId, details: { ...erased } }]);
    return erased;
  });
}

/** Their rows are taken: of two that are to go at once, one stays. */
async function isLastAdministrator(tx: Deps['em'], userId: string): Promise<boolean> {
  const administrators = await lockAdministrators(tx);
  return administrators.length === 1 && administrators[0]?.id === userId;
}
