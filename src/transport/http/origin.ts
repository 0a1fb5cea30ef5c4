import type { FastifyRequest } from 'fastify';
import type { TransportSettings } from '../settings.js';

/**
 * Whether a request that carries cookies may use them (OWASP CSRF Prevention Cheat Sheet, "Verifying Origin"): from
 * pages of our own origin and of those that the operator lists. Sec-Fetch-Site decides only where Origin is absent.
 */
export function createOriginCheck(settings: TransportSettings): (request: FastifyRequest) => boolean {
  const own = new URL(settings.publicUrl);
  const allowed = new Set([own.origin, ...settings.corsOrigins]);
  // On a developer's machine one server has several names; its port tells it apart from others.
  const isOwnLoopback = (origin: string): boolean => {
    if (own.protocol !== 'http:' || !URL.canParse(origin)) return false;
    const { protocol, hostname, port } = new URL(origin);
    return protocol === 'http:' && port === own.port && isLoopback(hostname) && isLoopback(own.hostname);
  };

  return ({ headers }) => {
    const { origin } = headers;
    if (origin !== undefined) return allowed.has(origin) || isOwnLoopback(origin);
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
