import type { IncomingHttpHeaders } from 'node:http';
import { AuthError } from '../../../errors.js';

/** What a proxy tells of the request that it asks about. */
export interface ForwardedRequest {
  /** Whether it may change something: every method but the safe ones (RFC 9110 §9.2.1), and a WebSocket handshake. */
  readonly mayChange: boolean;
  /** Where it was sent to, as browsers write it; null where the proxy does not say. */
  readonly origin: string | null;
  readonly url: string | null;
  /** Whether a person waits for a page: only such a request can be sent elsewhere to come back. */
  readonly isDocument: boolean;
}

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];
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
    mayChange: !SAFE_METHODS.includes(forwardedMethod) || opensWebSocket(headers),
    origin,
    url: origin !== null && uri !== null ? origin + uri : null,
    isDocument: reads && wantsPage,
  };
}

/**
 * Whether it is a GET that opens a WebSocket (RFC 6455 §4.1), on which a page of elsewhere could then send and read whatever it
 * likes with the cookies of the handshake. `Upgrade` seldom comes through a proxy; browsers send the others with it.
 */
function opensWebSocket(headers: IncomingHttpHeaders): boolean {
  return (
    /\bwebsocket\b/i.test(headers.upgrade ?? '') ||
    headers['sec-websocket-key'] !== undefined ||
    headers['sec-websocket-version'] !== undefined ||
    headers['sec-fetch-mode'] === 'websocket' ||
    /^wss?$/i.test(single(headers, 'x-forwarded-proto') ?? '')
  );
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
