import { validate as isUuid } from 'uuid';
import { AuthError, type InputIssue } from '../../errors.js';
import { decidePassword, PASSWORD_MIN_CHARACTERS } from '../../domain/password/password.js';
import { recordEvents, type EventType } from '../../domain/security-event.js';
import { parseEmail, parseName, parseNewEmail } from '../../domain/user/parse.js';
import {
  changePassword,
  findUser,
  findUserByEmail,
  isEmailTaken,
  isRole,
  listUsers,
  lockUser,
  newUser,
  type User,
  type UserType,
} from '../../domain/user/user.js';
import type { Deps } from '../deps.js';
import { endSessions, OPERATOR } from '../steps/end-sessions.js';
import { requireUnbreached } from '../steps/require-unbreached.js';

export type { User };

export interface NewAccount {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly userType: UserType;
  readonly roles: readonly string[];
}

/** @throws AuthError INVALID_INPUT | WEAK_PASSWORD | EMAIL_TAKEN */
export async function createUser(
  deps: Pick<Deps, 'em' | 'passwords' | 'isBreached'>,
  input: NewAccount,
): Promise<User> {
  const issues: InputIssue[] = [];
  const email = parseNewEmail(input.email);
  const name = parseName(input.name);
  if (!email.ok) issues.push({ path: ['email'], message: email.message });
  if (!name.ok) issues.push({ path: ['name'], message: name.message });
  for (const role of input.roles)
    if (!isRole(role)) issues.push({ path: ['roles'], message: 'A role is lower-case letters, digits, - and _.' });
  if (issues.length > 0 || !email.ok || !name.ok) throw new AuthError('INVALID_INPUT', { issues });
  requireStrong(input.password, { email: input.email, name: input.name });
  await requireUnbreached(deps, OPERATOR, input.password);

  const passwordHash = await deps.passwords.hash(input.password);
  const { userType, roles } = input;
  try {
    return await deps.em.transactional(async (tx) => {
      const user = newUser(tx, { email: email.value, name: name.value, userType, roles, passwordHash });
      await recordEvents(tx, OPERATOR, [{ type: 'user.created', userId: user.id, details: { roles } }]);
      return user;
    });
  } catch (error) {
    throw isEmailTaken(error) ? new AuthError('EMAIL_TAKEN') : error;
  }
}

/** Newest first. */
export function users(deps: Pick<Deps, 'em'>, page: { readonly limit: number }): Promise<User[]> {
  return listUsers(deps.em, page.limit);
}

/** @param who an e-mail address or an id. @throws AuthError NOT_FOUND */
export async function findAccount(deps: Pick<Deps, 'em'>, who: string): Promise<User> {
  const email = parseEmail(who);
  const user = isUuid(who)
    ? await findUser(deps.em, who)
    : email.ok
      ? await findUserByEmail(deps.em, email.value.key)
      : null;
  if (!user) throw new AuthError('NOT_FOUND', { what: `There is no account ${who}.` });
  return user;
}

/** Sets a password and ends every session: whoever knew the old one is out. @throws AuthError NOT_FOUND | WEAK_PASSWORD */
export async function setPassword(
  deps: Pick<Deps, 'em' | 'passwords' | 'isBreached'>,
  who: string,
  password: string,
): Promise<number> {
  const user = await findAccount(deps, who);
  requireStrong(password, user);
  await requireUnbreached(deps, OPERATOR, password);
  const passwordHash = await deps.passwords.hash(password);
  return endAll(deps, user, 'password.changed', 'PASSWORD_CHANGED', (account) => changePassword(account, passwordHash));
}

/** Nobody signs in as this user any more, and every session ends. @throws AuthError NOT_FOUND */
export async function disableUser(deps: Pick<Deps, 'em'>, who: string): Promise<number> {
  const user = await findAccount(deps, who);
  return endAll(deps, user, 'user.disabled', 'ACCOUNT_DISABLED', (account) => void (account.status = 'disabled'));
}

/** @throws AuthError NOT_FOUND */
export async function enableUser(deps: Pick<Deps, 'em'>, who: string): Promise<void> {
  const user = await findAccount(deps, who);
  await deps.em.transactional(async (tx) => {
    const account = await lockUser(tx, user.id);
    if (account) account.status = 'active';
    await recordEvents(tx, OPERATOR, [{ type: 'user.enabled', userId: user.id }]);
  });
}

/** The user's row first, then the sessions: a sign-in at the same moment is ended too, or does not land. */
async function endAll(
  deps: Pick<Deps, 'em'>,
  user: User,
  type: EventType,
  reason: 'PASSWORD_CHANGED' | 'ACCOUNT_DISABLED',
  change: (account: User) => void,
): Promise<number> {
  const userId = user.id;
  return deps.em.transactional(async (tx) => {
    const account = await lockUser(tx, userId);
    if (account) change(account);
    await recordEvents(tx, OPERATOR, [{ type, userId }]);
    return (await endSessions(tx, OPERATOR, { userId, selection: { all: true }, reason })).length;
  });
}

function requireStrong(password: string, owner: { readonly email: string; readonly name: string }): void {
  const verdict = decidePassword(password, owner);
  if (verdict === 'ok') return;
  if ('issue' in verdict)
    throw new AuthError('INVALID_INPUT', { issues: [{ path: ['password'], message: verdict.message }] });
  const { breached, why } = verdict;
  throw new AuthError('WEAK_PASSWORD', { breached, why, minLength: PASSWORD_MIN_CHARACTERS });
}
