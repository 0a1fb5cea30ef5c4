import { AuthError } from '../../errors.js';
import type { TransportSettings } from '../edge/settings.js';
import { decideReturnTarget } from './return-target.js';

/**
 * Reads `return_to` of a query.
 *
 * @returns null where there is none.
 * @throws AuthError INVALID_INPUT where it is given twice, or a browser may not be sent there.
 */
export function readReturnTarget(query: unknown, settings: TransportSettings): string | null {
  const { return_to: named } = query as { readonly return_to?: unknown };
  if (named === undefined) return null;
  const target = typeof named === 'string' ? decideReturnTarget(named, settings) : null;
  if (target === null) throw refusedTarget('return_to is no address that a sign-in may lead back to.');
  return target;
}

export function refusedTarget(message: string): AuthError {
  return new AuthError('INVALID_INPUT', { issues: [{ path: ['return_to'], message }] });
}
