import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { getDomain } from 'tldts';
import { isLoopback } from './loopback.js';
import { weaknessOfSecret } from './weak-secret.js';

/** What a text means, or what is allowed instead. A refusal never repeats the text: the caller may have to hide it. */
export type Parsed<T> = { readonly value: T } | { readonly refused: string };
export type Parser<T> = (text: string) => Parsed<T>;

/** Plain decimal digits only: `1e3`, `0x10`, `+5` and ` 5` are more often slips than intentions. */
export function wholeNumber(least: number, most: number, unit = ''): Parser<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most
      ? { value }
      : { refused: `use a whole number${unit && ` of ${unit}`} from ${least} to ${most}` };
  };
}

export function wholeSeconds(least: number, most: number): Parser<number> {
  return wholeNumber(least, most, 'seconds');
}

export function positiveNumber(text: string): Parsed<number> {
  const value = /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : 0;
  return value > 0 ? { value } : { refused: 'use a number above 0, as in 0.5 or 100' };
}

/** A share of the whole. */
export function share(text: string): Parsed<number> {
  const value = /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
  return value <= 1 ? { value } : { refused: 'use a number from 0 to 1, as in 0.1' };
}

/** One of a few words, each with what it stands for. */
export function oneOf<T>(meanings: Readonly<Record<string, T>>): Parser<T> {
  const words = new Map(Object.entries(meanings));
  return (text) => {
    const value = words.get(text);
    return value === undefined ? { refused: `use ${[...words.keys()].join(' or ')}` } : { value };
  };
}

export function words<T extends string>(...allowed: readonly T[]): Parser<T> {
  return oneOf(Object.fromEntries(allowed.map((word) => [word, word])) as Record<string, T>);
}

export function listenHost(text: string): Parsed<string> {
  return isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
    ? { value: text }
    : { refused: 'use an IP address or a host name, without scheme, port or brackets' };
}

export function folder(text: string): Parsed<string> {
  return { value: resolve(text) };
}

/** An audience is one claim in every access token, whose length is bounded. */
export function audience(text: string): Parsed<string> {
  return /^[\x21-\x7e]{1,100}$/.test(text)
    ? { value: text }
    : { refused: 'use 1 to 100 printable ASCII characters without a space' };
}

/** A registrable name or one below it; browsers refuse a cookie for a public suffix. */
export function cookieDomain(text: string): Parsed<string> {
  const name = text.toLowerCase().replace(/^\./, '');
  return isIP(name) === 0 && getDomain(name, { allowPrivateDomains: true }) !== null
    ? { value: name }
    : { refused: 'use the domain that your hosts share, as in example.com' };
}

/** Parameters would overrule what the connection promises: that nothing waits for it. */
export function redisUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isRedis =
    url !== null &&
    /^rediss?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    /^(\/\d{0,4})?$/.test(url.pathname) &&
    url.search === '' &&
    [url.username, url.password].every(isPercentEncoded);
  return isRedis
    ? { value: text }
    : {
        refused:
          'use redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS, without parameters and with special ' +
          'characters in USER and PASSWORD percent-encoded',
      };
}

/** Refuses what OWASP's Secrets Management Cheat Sheet warns of: short, guessable and example secrets. */
export function secret(text: string): Parsed<string> {
  const weakness = weaknessOfSecret(text);
  return weakness ? { refused: `${weakness}; make one with \`openssl rand -base64 32\`` } : { value: text };
}

/** An origin (RFC 6454) in the spelling browsers send: lower case, no default port, no trailing slash. */
export function origin(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isOrigin
    ? { value: url.origin }
    : { refused: 'use http:// or https://, a host and maybe a port, without path, query or credentials' };
}

export function httpUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash;
  return isPlain
    ? { value: url.href }
    : { refused: 'use http:// or https://, a host and maybe more, without credentials' };
}

export function allowedOrigins(text: string): Parsed<readonly string[]> {
  if (items(text).includes('*')) {
    return { refused: 'list the origins: * would let any site act with the cookies of whoever visits it' };
  }
  return origins(text);
}

export function origins(text: string): Parsed<readonly string[]> {
  return listOf(origin, text);
}

export function providerNames(text: string): Parsed<readonly string[]> {
  return listOf(providerName, text);
}

function providerName(text: string): Parsed<string> {
  return /^[a-z][a-z0-9-]{0,31}$/.test(text)
    ? { value: text }
    : { refused: 'use names of lower-case letters, digits and -, separated by commas, as in google,acme' };
}

/** Kept as it is spelt: an ID token has to name it letter by letter (OpenID Connect Core §3.1.3.7). */
export function issuer(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || url.username || url.password || url.search || url.hash || !/^https?:$/.test(url.protocol))
    return { refused: 'use the issuer that the provider names, as in https://id.example.com' };
  return url.protocol === 'https:' || isLoopback(url.hostname)
    ? { value: text }
    : { refused: 'use https: whoever is on the way could sign in as anybody' };
}

export function clientId(text: string): Parsed<string> {
  return /^[\x21-\x7e]{1,255}$/.test(text)
    ? { value: text }
    : { refused: 'use the client id as the provider shows it, without a space' };
}

export function clientIds(text: string): Parsed<readonly string[]> {
  return listOf(clientId, text);
}

export function clientSecret(text: string): Parsed<string> {
  return /^[\x21-\x7e]{1,512}$/.test(text)
    ? { value: text }
    : { refused: 'it has a space, or more than 512 characters' };
}

/** `*`: every domain; none of them: `none`. */
export function emailDomains(text: string): Parsed<'*' | readonly string[]> {
  const [only, ...others] = items(text);
  if (others.length === 0 && only === '*') return { value: '*' };
  return others.length === 0 && only === 'none' ? { value: Object.freeze([]) } : listOf(emailDomain, text);
}

/** In ASCII and lower case (UTS #46), as addresses are compared with it. Two labels at least: no others have mailboxes. */
function emailDomain(text: string): Parsed<string> {
  const ascii = /^[\p{L}\p{M}\p{N}.-]+$/u.test(text) ? domainToASCII(text) : '';
  const isDomain =
    ascii.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(ascii);
  return isDomain
    ? { value: ascii }
    : {
        refused:
          'use what follows the @ of addresses, separated by commas, as in example.com,example.org; or * or none',
      };
}

export function trustedProxies(text: string): Parsed<readonly string[]> {
  return listOf(trustedProxy, text);
}

function trustedProxy(text: string): Parsed<string> {
  if (/\/0+$/.test(text))
    return { refused: 'name the proxies: a range of everybody lets any client forge its address' };
  const [address = '', ...prefix] = text.split('/');
  // ipaddr.js also takes 127.1 and 0x7f000001, which proxy lists do not mean.
  const isPlain = isIP(address) !== 0;
  return isPlain && (prefix.length === 0 ? ipaddr.isValid(text) : ipaddr.isValidCIDR(text))
    ? { value: text }
    : { refused: 'use IP addresses or CIDR ranges, separated by commas, as in 10.0.0.0/8,::1' };
}

/** The first item that is refused speaks for the list; an item given twice counts once. */
function listOf(parse: Parser<string>, text: string): Parsed<readonly string[]> {
  const values = new Set<string>();
  for (const item of items(text)) {
    const parsed = parse(item);
    if ('refused' in parsed) return parsed;
    values.add(parsed.value);
  }
  return { value: Object.freeze([...values]) };
}

function items(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
