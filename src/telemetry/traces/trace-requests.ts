import { ROOT_CONTEXT, SpanKind, trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { outcomeOf, type Observer } from '../../transport/edge/observer.js';
import { fail, type WorkTracer } from './work-tracer.js';

/** Asked every few seconds by whoever keeps us running: they would bury the requests of people. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/healthz', '/readyz']);

/** A client may send any word as its method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/** A span for each request that is sampled, and one below it for each operation. */
export function traceRequests(tracer: Tracer, work: WorkTracer): Observer {
  const contexts = new WeakMap<FastifyRequest, Context>();
  return {
    attach(app) {
      app.addHook('onRequest', (request, reply, done) => {
        const { url: route } = request.routeOptions;
        const span = PROBES.has(route) ? null : begin(tracer, request, route);
        if (span?.isRecording()) {
          contexts.set(request, trace.setSpan(ROOT_CONTEXT, span));
          request.log = reply.log = request.log.child({ trace_id: span.spanContext().traceId });
          reply.raw.once('close', () => end(span, reply)); // also where the client has hung up
        }
        done();
      });
      // Not before: what arrives of a body arrives outside of any storage.
      app.addHook('preValidation', (request, _reply, done) => {
        const context = contexts.get(request);
        if (context) work.within(context, done);
        else done();
      });
    },
    operation({ protocol, name, type }, run) {
      const describe = () => ({
        name: `${type ?? protocol} ${name}`,
        kind: SpanKind.INTERNAL,
        attributes: {
          'fluxgate.door': protocol,
          'fluxgate.operation': name,
          ...(type && { 'graphql.operation.type': type }),
        },
      });
      return work.around(describe, run, (span, ended) => {
        const outcome = 'error' in ended ? outcomeOf(ended.error) : 'OK';
        span.setAttribute('fluxgate.outcome', outcome);
        if (outcome === 'INTERNAL' || outcome === 'UNAVAILABLE') fail(span, outcome);
      });
    },
  };
}

/** Names of ours only: of what was sent no more than where a trace goes on, its path and query least of all. */
function begin(tracer: Tracer, request: FastifyRequest, route: string | undefined): Span {
  const method = METHODS.has(request.method) ? request.method : '_OTHER';
  const name = method === '_OTHER' ? 'HTTP' : method;
  return tracer.startSpan(
    route === undefined ? name : `${name} ${route}`,
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'url.scheme': request.protocol === 'https' ? 'https' : 'http',
        'fluxgate.request_id': request.id,
      },
    },
    continued(request.headers['traceparent']),
  );
}

/** Without `tracestate`: it would be handed on as it was sent. */
function continued(traceparent: string | string[] | undefined): Context {
  const parent = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

function end(span: Span, { statusCode, raw }: FastifyReply): void {
  if (raw.headersSent) span.setAttribute('http.response.status_code', statusCode);
  if (raw.headersSent && statusCode >= 500) fail(span, String(statusCode));
  span.end();
}
