import { AuthError } from '../errors.js';
import type { User } from '../domain/user/user.js';
import type { Deps } from './deps.js';

export type { User };

/** The account of someone who is signed in. @throws AuthError UNAUTHENTICATED when it is gone or disabled. */
export async function account(deps: Pick<Deps, 'readUser'>, userId: string): Promise<User> {
  const user = await deps.readUser(userId);
  if (user?.status !== 'active')
    throw new AuthError('UNAUTHENTICATED', { why: 'This account is no longer active.', presented: true });
  return user;
}
