import { headerOf, SILENCE_MS, type Exchange } from '../http/exchange.ts';

/** How requests end, as the summary counts them. */
export type OutcomeClass = 'succeeded' | 'refused' | 'overloaded' | 'hung up' | 'unfinished';

export interface Asked {
  /** Whether all of it was sent: only then something has to come back. */
  readonly isWhole: boolean;
  /** A request that HTTP's own parser may cut off without a word. */
  readonly mayBeCutOff: boolean;
}

/** @returns what is wrong with it, whoever asked whatever; null where nothing is. */
export function faultOf({ isWhole, mayBeCutOff }: Asked, { status, head, body, end }: Exchange): string | null {
  if (isOverload(status, head)) return null;
  if (status >= 500) return `${status}: ${body.slice(0, 300)}`;
  // Within HTTP 200, and in a batch: an error of the gateway's own that GraphQL has wrapped.
  if (body.includes('"code":"INTERNAL"') || body.includes('"error":"INTERNAL"'))
    return `INTERNAL: ${body.slice(0, 300)}`;
  if (isWhole && end === 'silent') return `no answer in ${SILENCE_MS} ms`;
  if (isWhole && !mayBeCutOff && end === 'closed') return 'hung up without an answer';
  return null;
}

export function outcomeOf({ status, head, end }: Exchange, succeeded: boolean): OutcomeClass {
  if (end !== 'answered') return end === 'closed' ? 'hung up' : 'unfinished';
  if (isOverload(status, head)) return 'overloaded';
  return succeeded ? 'succeeded' : 'refused';
}

/** The one answer above 499 that is promised: come back later (RFC 9110 §15.6.4). */
function isOverload(status: number, head: string): boolean {
  return status === 503 && headerOf(head, 'retry-after') !== undefined;
}
