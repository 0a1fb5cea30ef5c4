import type { FastifyRequest } from 'fastify';
import { getDomain } from 'tldts';
import type { TransportSettings } from './settings.js';

export interface OriginRules {
  /**
   * Whether a request that carries cookies may use them (OWASP CSRF Prevention Cheat Sheet, "Verifying Origin"): from
   * pages of our own origin and of those that the operator lists. Sec-Fetch-Site decides only where Origin is absent.
   */
  mayUseCookies(this: void, request: FastifyRequest): boolean;
  /**
   * Whether the page that asks would keep cookies of ours. Browsers keep SameSite cookies for pages of our own site
   * only, which is the registrable domain: app.example.org and auth.example.org are one (public suffix list).
   */
  keepsCookies(this: void, request: FastifyRequest): boolean;
}

export function createOriginRules(settings: TransportSettings): OriginRules {
  const own = new URL(settings.publicUrl);
  const ownSite = siteOf(own);
  const allowed = new Set([own.origin, ...settings.corsOrigins]);
  // On a developer's machine one server has several names; its port tells it apart from others.
  const isOwnLoopback = ({ protocol, hostname, port }: URL): boolean =>
    own.protocol === 'http:' &&
    protocol === 'http:' &&
    port === own.port &&
    isLoopback(hostname) &&
    isLoopback(own.hostname);

  return {
    mayUseCookies({ headers }) {
      if (headers.origin !== undefined) {
        const page = URL.parse(headers.origin);
        return allowed.has(headers.origin) || (page !== null && isOwnLoopback(page));
      }
      const site = headers['sec-fetch-site'];
      return site === undefined || site === 'same-origin' || site === 'none';
    },

    keepsCookies({ headers }) {
      if (settings.cookieSameSite === 'none') return true;
      if (headers.origin === undefined) return headers['sec-fetch-site'] !== 'cross-site';
      const page = URL.parse(headers.origin);
      return page !== null && (isOwnLoopback(page) || siteOf(page) === ownSite);
    },
  };
}

function siteOf({ protocol, hostname }: URL): string {
  return `${protocol}//${getDomain(hostname, { allowPrivateDomains: true }) ?? hostname}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
