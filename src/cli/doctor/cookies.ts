import { getDomain } from 'tldts';
import type { Config } from '../../config.js';
import { ok, warning, type Finding } from './finding.js';

const CHECK = 'cookies';

/** Whether browsers will keep and send our cookies for the pages that are listed, and only for those. */
export function checkCookies(config: Config): Finding[] {
  const { publicUrl, corsOrigins, cookieSameSite } = config;
  const own = publicUrl ?? `http://localhost:${config.port}`;
  const foreign = corsOrigins.filter((origin) => siteOf(origin) !== siteOf(own));
  const findings: Finding[] = [];

  if (publicUrl === null && !isLoopback(config.host))
    findings.push(
      warning(
        CHECK,
        `HOST is ${config.host}, but tokens and cookies are made for ${own}`,
        'set FLUXGATE_PUBLIC_URL to the origin that clients use',
      ),
    );
  if (!own.startsWith('https:') && !isLoopback(new URL(own).hostname))
    findings.push(
      warning(
        CHECK,
        `${own} is not https: cookies are not Secure, and lose the __Host- that keeps other hosts from setting them`,
        'put TLS in front, and set FLUXGATE_PUBLIC_URL to the https origin',
      ),
    );
  if (foreign.length > 0 && cookieSameSite === 'strict')
    findings.push(
      warning(
        CHECK,
        `pages of ${foreign.join(', ')} are another site than ${own}: browsers keep no SameSite cookie for them`,
        'let them ask for delivery BODY, or set FLUXGATE_COOKIE_SAMESITE=none',
      ),
    );
  if (foreign.length === 0 && cookieSameSite === 'none')
    findings.push(
      warning(
        CHECK,
        'FLUXGATE_COOKIE_SAMESITE is none, and no page of another site is in FLUXGATE_CORS_ORIGINS',
        'remove it: strict keeps other sites from sending our cookies',
      ),
    );
  return findings.length > 0 ? findings : [ok(CHECK, `made for ${own}${sharedWith(config)}`)];
}

function sharedWith({ cookieDomain, corsOrigins }: Config): string {
  const domain = cookieDomain === null ? '' : `, shared with all hosts of ${cookieDomain}`;
  return corsOrigins.length === 0 ? domain : `${domain}, used by pages of ${corsOrigins.join(', ')}`;
}

/** Scheme and registrable domain: what SameSite goes by (draft-ietf-httpbis-rfc6265bis §5.2). */
function siteOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${getDomain(hostname, { allowPrivateDomains: true }) ?? hostname}`;
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(hostname);
}
