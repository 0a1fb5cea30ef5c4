import { randomBytes } from 'node:crypto';
import type { OtlpReceiver, ReceivedSpan } from './receiver.js';

/** The span of whoever calls: the parent of a request's own. */
export const CALLER_ID = '00f067aa0ba902b7';

export interface CallersTrace {
  readonly traceId: string;
  readonly headers: { readonly traceparent: string };
}

/** A trace that a caller has begun, and keeps unless it says otherwise (W3C Trace Context §3.2). */
export function callersTrace(flags = '01'): CallersTrace {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, headers: { traceparent: `00-${traceId}-${CALLER_ID}-${flags}` } };
}

/** What one request leaves behind: all of it, for its own span is the last to end. */
export async function traceOf(
  receiver: OtlpReceiver,
  ask: (headers: Record<string, string>) => Promise<unknown>,
): Promise<ReceivedSpan[]> {
  const { traceId, headers } = callersTrace();
  await ask({ ...headers });
  return receiver.trace((span) => span.traceId === traceId && span.kind === 'SERVER');
}

/** The one that is called so. */
export function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${name} in ${spans.map((span) => span.name).join()}`);
  return found[0]!;
}

/** The names of those right below it. */
export function below(spans: readonly ReceivedSpan[], parent: ReceivedSpan): string[] {
  return spans.filter((span) => span.parentSpanId === parent.spanId).map((span) => span.name);
}
