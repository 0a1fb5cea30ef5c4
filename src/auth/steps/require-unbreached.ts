import { AuthError } from '../../errors.js';
import { normalisePassword, PASSWORD_MIN_CHARACTERS } from '../../domain/password/password.js';
import { recordEvents, type EventSource } from '../../domain/security-event.js';
import type { Deps } from '../deps.js';

/**
 * Refuses a password that a range server knows, where the operator has named one. While that is not to be told, the password
 * is taken, and an event says so: a server of somebody else's keeps nobody from signing up.
 *
 * @throws AuthError WEAK_PASSWORD
 */
export async function requireUnbreached(
  { em, isBreached }: Pick<Deps, 'em' | 'isBreached'>,
  source: EventSource,
  password: string,
): Promise<void> {
  const breached = await isBreached(normalisePassword(password));
  if (breached === null) await recordEvents(em, source, [{ type: 'password.unchecked' }]);
  if (breached !== true) return;
  throw new AuthError('WEAK_PASSWORD', {
    breached: true,
    why: 'This password has been published in a breach, and attackers try such ones first.',
    minLength: PASSWORD_MIN_CHARACTERS,
  });
}
