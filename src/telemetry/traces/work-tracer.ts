import { AsyncLocalStorage } from 'node:async_hooks';
import {
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
  type Tracer,
} from '@opentelemetry/api';

/** What to call a piece of work; by OpenTelemetry's semantic conventions where they have a name for it. */
export interface Work {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/**
 * Keeps the spans of a request in one tree. Whatever runs outside a request that is traced is not traced either, and
 * costs a look into the storage.
 */
export interface WorkTracer {
  /** Runs `then` as part of a request. */
  within(request: Context, then: () => void): void;
  /** A span that somebody else ends; null where nothing is traced. */
  begin(describe: () => Work): Span | null;
  /** A span around `run`, and what that begins below it. `tell` adds what is known only at the end. */
  around<T>(describe: () => Work, run: () => Promise<T>, tell: (span: Span, ended: Ended<T>) => void): Promise<T>;
}

export type Ended<T> = { readonly value: T } | { readonly error: unknown };

export function createWorkTracer(tracer: Tracer): WorkTracer {
  const active = new AsyncLocalStorage<Context>();
  const spanBelow = (parent: Context, { name, ...options }: Work) => tracer.startSpan(name, options, parent);

  return {
    within: (request, then) => active.run(request, then),
    begin(describe) {
      const parent = active.getStore();
      return parent === undefined ? null : spanBelow(parent, describe());
    },
    around(describe, run, tell) {
      const parent = active.getStore();
      if (parent === undefined) return run();
      const span = spanBelow(parent, describe());
      return follow(span, active.run(trace.setSpan(parent, span), run), tell);
    },
  };
}

async function follow<T>(span: Span, running: Promise<T>, tell: (span: Span, ended: Ended<T>) => void): Promise<T> {
  try {
    const value = await running;
    tell(span, { value });
    return value;
  } catch (error) {
    tell(span, { error });
    throw error;
  } finally {
    span.end();
  }
}

/** By the kind of the failure: its message may quote what was sent. */
export function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}
