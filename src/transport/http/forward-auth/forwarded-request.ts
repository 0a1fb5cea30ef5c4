import type { IncomingHttpHeaders } from 'node:http';
import { AuthError } from '../../../errors.js';

/** What a proxy tells of the request that it asks about. */
export interface ForwardedRequest {
  readonly method: string;
  /** Where it was sent to, as browsers write it; null where the proxy does not say. */
  readonly origin: string | null;
  readonly url: string | null;
  /** Whether a person waits for a page: only such a request can be sent elsewhere to come back. */
  readonly isDocument: boolean;
}

const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/;
const SCHEMES: Readonly<Record<string, string>> = { http: 'http', https: 'https', ws: 'http', wss: 'https' };

/**
 * Reads X-Forwarded-Method, -Proto, -Host and -Uri. None of them decides who somebody is.
 *
 * @param method of the proxy's own request, where it names no other.
 * @throws AuthError INVALID_INPUT for what is no such value, a header that was sent twice included.
 */
export function readForwardedRequest(method: string, headers: IncomingHttpHeaders): ForwardedRequest {
  const forwardedMethod = single(headers, 'x-forwarded-method') ?? method;
  if (!METHOD.test(forwardedMethod)) throw unreadable('x-forwarded-method', 'is no HTTP method');

  const origin = originOf(single(headers, 'x-forwarded-proto'), single(headers, 'x-forwarded-host'));
  const uri = single(headers, 'x-forwarded-uri');
  if (uri !== null && !uri.startsWith('/')) throw unreadable('x-forwarded-uri', 'is no path');

  const reads = forwardedMethod === 'GET' || forwardedMethod === 'HEAD';
  const destination = headers['sec-fetch-dest'];
  const wantsPage =
    destination === undefined ? /\btext\/html\b/i.test(headers.accept ?? '') : destination === 'document';
  return {
    method: forwardedMethod,
    origin,
    url: origin !== null && uri !== null ? origin + uri : null,
    isDocument: reads && wantsPage,
  };
}

function originOf(proto: string | null, host: string | null): string | null {
  if (proto === null || host === null) return null;
  const scheme = SCHEMES[proto.toLowerCase()];
  if (scheme === undefined) throw unreadable('x-forwarded-proto', 'is neither http nor https');
  const url = URL.parse(`${scheme}://${host}/`);
  if (url?.href !== `${url?.origin}/`) throw unreadable('x-forwarded-host', 'is no host');
  return url.origin;
}

function single(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function unreadable(header: string, problem: string): AuthError {
  return new AuthError('INVALID_INPUT', { issues: [{ path: [header], message: `${header} ${problem}.` }] });
}
