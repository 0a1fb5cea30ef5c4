import { AuthError } from '../../../errors.js';

/** All of these groups, and of each group any one role. */
export type RequiredRoles = readonly (readonly string[])[];

const ROLE = /^[a-z][a-z0-9_-]{0,31}$/;

/**
 * Reads `roles` of a query: `?roles=admin,support&roles=staff` is (admin or support) and staff. Further values only ever
 * ask for more, so that a value which a client adds to its own address cannot widen what the proxy asks for.
 *
 * @throws AuthError INVALID_INPUT for what can be no role: nobody has it, and an empty list would let everybody in.
 */
export function readRequiredRoles(roles: unknown): RequiredRoles {
  if (roles === undefined) return [];
  const groups = (Array.isArray(roles) ? roles : [roles]).map((group) => String(group).split(','));
  if (groups.flat().every((role) => ROLE.test(role))) return groups;
  const message = 'roles is a list of roles with commas: lower-case letters, digits, - and _.';
  throw new AuthError('INVALID_INPUT', { issues: [{ path: ['roles'], message }] });
}

export function hasRequiredRoles(required: RequiredRoles, held: readonly string[]): boolean {
  return required.every((group) => group.some((role) => held.includes(role)));
}
