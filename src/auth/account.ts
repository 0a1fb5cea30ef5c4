import { AuthError } from '../errors.js';
import { findUser } from '../domain/user.js';
import type { User } from '../storage/entities/user.js';
import type { Deps } from './deps.js';

export type { User };

/** The account of someone who is signed in. @throws AuthError UNAUTHENTICATED when it is gone or disabled. */
export async function account(deps: Pick<Deps, 'em'>, userId: string): Promise<User> {
  const user = await findUser(deps.em, userId);
  if (user?.status !== 'active')
    throw new AuthError('UNAUTHENTICATED', { why: 'This account is no longer active.', presented: true });
  return user;
}
