import type { RequestParts } from '../http/parts.ts';
import type { Draw, Pool } from '../pool.ts';

/** One request, whole as it is sent. */
export interface FuzzRequest {
  readonly kind: string;
  readonly bytes: Buffer;
  /** What the bytes were made of, where they were: for the command that sends it again. */
  readonly parts: RequestParts | null;
  readonly draw: Draw;
  /** Whether all of it is there, and HTTP's own parser has no reason to hang up. */
  readonly isWhole: boolean;
  readonly mayBeCutOff: boolean;
  /** Whether it came of the schema, unharmed; `hasSucceeded` then tells how it ended. */
  readonly isMeantToSucceed: boolean;
  hasSucceeded(status: number, body: unknown): boolean;
}

/** Shape and picks come of the seed; what is real in it, of the pool at that moment. */
export type RequestPlan = (pool: Pool) => FuzzRequest;

export function answeredWell(status: number): boolean {
  return status >= 200 && status < 400;
}
