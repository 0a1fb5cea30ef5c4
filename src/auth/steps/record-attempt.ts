import { isAuthError } from '../../errors.js';
import { recordEvents } from '../../domain/security-event.js';
import type { Deps } from '../deps.js';
import type { RequestMeta } from '../request-meta.js';

export interface Attempt {
  readonly type: 'login.failed' | 'signup.failed';
  /** Whose account was tried; undefined: nobody's. */
  readonly userId: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Writes down what was refused, before it is refused: a failure is never lost with its transaction. Anybody can fail on
 * somebody's address, so that only the first few of a kind in an hour are among that user's own events; the others name the
 * account in their details, for operators, and bury nothing of what its owner has to see.
 *
 * @returns the event's id.
 */
export async function recordAttempt(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  { type, userId, details }: Attempt,
): Promise<string> {
  const isFirst = await isAmongTheFirst(deps, `${type} ${userId ?? 'nobody'}`); // asked of nobody too: it takes as long
  const isTold = userId === undefined || isFirst;
  const event = isTold ? { type, userId, details } : { type, details: { ...details, accountId: userId } };
  const [id = ''] = await recordEvents(deps.em, meta, [event]);
  return id;
}

async function isAmongTheFirst({ limits }: Pick<Deps, 'limits'>, identity: string): Promise<boolean> {
  try {
    await limits.consume('attempt.told', identity);
    return true;
  } catch (error) {
    if (isAuthError(error) && error.code === 'RATE_LIMITED') return false;
    throw error;
  }
}
