import { SpanKind, type Span } from '@opentelemetry/api';
import type { PasswordHasher } from '../../domain/password/hasher.js';
import type { Fetch } from '../../outbound/oidc/bounded-fetch.js';
import type { BeginStatement } from '../../storage/watch-statements.js';
import { fail, type Ended, type WorkTracer } from './work-tracer.js';

/** The wait for a thread included; `queued` says how many waited already. */
export function tracePasswords(work: WorkTracer, passwords: PasswordHasher): PasswordHasher {
  function traced<T>(task: string, run: () => Promise<T>): Promise<T> {
    const describe = () => ({
      name: `password ${task}`,
      kind: SpanKind.INTERNAL,
      attributes: { 'fluxgate.password.queued': passwords.waiting() },
    });
    return work.around(describe, run, tellOfFailure);
  }
  return {
    ...passwords,
    hash: (...given) => traced('hash', () => passwords.hash(...given)),
    verify: (...given) => traced('verify', () => passwords.verify(...given)),
  };
}

/** A statement that several requests share is part of the first one's trace. */
export function traceStatements(work: WorkTracer): BeginStatement {
  return (nameOf) => {
    const span = work.begin(() => {
      const { summary, operation } = nameOf();
      const attributes = {
        'db.system.name': 'postgresql',
        'db.operation.name': operation,
        'db.query.summary': summary,
      };
      return { name: summary, kind: SpanKind.CLIENT, attributes };
    });
    if (span === null) return null;
    return (error) => {
      if (error !== undefined) tellOfFailure(span, { error });
      span.end();
    };
  };
}

/** Who is asked, not where: a path or a query may hold more. Our trace ends here; others are not told of it. */
export function traceFetch(work: WorkTracer, fetch: Fetch): Fetch {
  return (url, init) => {
    const method = init.method ?? 'GET';
    const describe = () => {
      const { hostname, port, protocol } = new URL(url);
      const attributes = {
        'http.request.method': method,
        'server.address': hostname,
        'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      };
      return { name: method, kind: SpanKind.CLIENT, attributes };
    };
    return work.around(
      describe,
      () => fetch(url, init),
      (span, ended) => {
        tellOfFailure(span, ended);
        if ('error' in ended) return;
        const { status } = ended.value;
        span.setAttribute('http.response.status_code', status);
        if (status >= 400) fail(span, String(status));
      },
    );
  };
}

/** By its code, PostgreSQL's or Node's; else by its class. */
function tellOfFailure(span: Span, ended: Ended<unknown>): void {
  if (!('error' in ended)) return;
  const { error } = ended;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  fail(span, typeof code === 'string' ? code : error instanceof Error ? error.name : '_OTHER');
}
