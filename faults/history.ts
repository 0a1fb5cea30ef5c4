/** Times are those of the process that drives: milliseconds of its monotonic clock. */

export type Answer =
  | { readonly kind: 'tokens'; readonly outcome: string; readonly received: string }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string | null }
  /** Not now: 5xx and 429. */
  | { readonly kind: 'busy'; readonly status: number; readonly retryAfterSeconds: number | null }
  /** The connection was refused, cut, or silent for too long. */
  | { readonly kind: 'none' };

/** A refresh token that was presented by who holds it. */
export interface Attempt {
  readonly sessionId: string;
  readonly sent: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly answer: Answer;
}

export interface Revocation {
  readonly sessionId: string;
  readonly acknowledgedMs: number;
}

/** What belongs to a session whose revocation was acknowledged, presented after that. */
export interface Probe {
  readonly sessionId: string;
  readonly presented: 'refresh token' | 'access token';
  readonly startedMs: number;
  readonly accepted: boolean;
}

/** All that was said and heard while a fault was injected, and what the database says afterwards. */
export interface History {
  readonly attempts: Attempt[];
  readonly revocations: Revocation[];
  readonly probes: Probe[];
  /** Sessions whose holders have had no tokens since the fault has ended, however long they tried. */
  readonly stranded: string[];
  /** Of each session that somebody holds or held: why it has ended, null while it lives. What has no row is not here. */
  readonly rows: Map<string, string | null>;
  /** Of those that somebody holds now. */
  readonly held: string[];
}

export function newHistory(): History {
  return { attempts: [], revocations: [], probes: [], stranded: [], rows: new Map(), held: [] };
}

export interface FaultTimes {
  readonly injectedMs: number;
  /** From here on nothing stands in the way. */
  readonly healedMs: number;
}
