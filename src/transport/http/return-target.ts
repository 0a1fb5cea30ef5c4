import type { TransportSettings } from '../edge/settings.js';

type ReturnOrigins = Pick<TransportSettings, 'publicUrl' | 'corsOrigins' | 'returnOrigins'>;

const MAX_TARGET_CHARACTERS = 1024;
const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * Decides where a browser goes when it is done here: a path of our own origin, or a URL of one that the operator lists
 * (OWASP Unvalidated Redirects and Forwards Cheat Sheet). What browsers and URL parsers read differently is refused, not
 * repaired: a backslash, a control character, a space, a scheme without its slashes, a name before the host.
 *
 * @param target as it was sent: decoded once, by the query's parser.
 * @returns an absolute URL, so that no path of it can be taken for a host; null where it is refused.
 */
export function decideReturnTarget(target: string, settings: ReturnOrigins): string | null {
  if (target.length > MAX_TARGET_CHARACTERS || !PRINTABLE.test(target) || target.includes('\\')) return null;

  const named = target.startsWith('/') ? `${settings.publicUrl}${target}` : target;
  const origin = [settings.publicUrl, ...settings.corsOrigins, ...settings.returnOrigins].find(
    (known) => named === known || named.startsWith(`${known}/`),
  );
  const url = URL.parse(named);
  if (origin === undefined || url?.origin !== origin) return null;
  // `//host`, also as `/%2f` or `/.//` makes it: what decodes the path on its way must not find a host in it.
  return /^\/(\/|%2f|%5c)/i.test(url.pathname) ? null : url.href;
}
