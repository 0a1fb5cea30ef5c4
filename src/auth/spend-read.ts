import { isAuthError } from '../errors.js';
import { consumeByAddress } from '../domain/rate-limit/by-address.js';
import type { Deps } from './deps.js';
import type { RequestMeta, Viewer } from './request-meta.js';

/**
 * Takes what a read costs, before it is read: from its user, or, where nobody is signed in, from the address.
 *
 * @throws AuthError RATE_LIMITED
 */
export function spendRead(
  deps: Pick<Deps, 'limits'>,
  meta: Pick<RequestMeta, 'ip'>,
  viewer: Pick<Viewer, 'userId'> | null,
  points: number,
): Promise<void> {
  return viewer
    ? deps.limits.consume('read.user', viewer.userId, points)
    : consumeByAddress(deps.limits, 'read.ip', meta.ip, points);
}

/**
 * The same for what is read with the answer to a sign-in or a refresh. That has happened, and its tokens are given to
 * nobody else: they are not withheld for a read that there are too few points for.
 */
export async function spendReadOfAnswer(deps: Pick<Deps, 'limits'>, userId: string, points: number): Promise<void> {
  try {
    await deps.limits.consume('read.user', userId, points);
  } catch (error) {
    if (!isAuthError(error) || error.code !== 'RATE_LIMITED') throw error;
  }
}
