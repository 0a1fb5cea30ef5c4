import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

export interface RecognitionSignals {
  /** User-agent family, without version. */
  readonly family: string;
  readonly os: string | null;
  /** The Accept-Language header. */
  readonly language: string | null;
  readonly ip: string | null;
}

const MAX_LANGUAGE_CHARACTERS = 35; // RFC 5646 §4.4.1
const UNKNOWN = '-';

/** What a home or office usually keeps when its address changes. */
const IPV4_PREFIX_BITS = 24;
const IPV6_PREFIX_BITS = 48;

/**
 * What a device that sends no device cookie is recognised by, among those of the same user: family, OS, first language
 * and network. A hint, not a proof: two devices of one model on one network share it.
 *
 * @returns for example `firefox|macos|de-de|203.0.113.0/24`; at most a few hundred characters
 */
export function recognitionKey({ family, os, language, ip }: RecognitionSignals): string {
  return [family, os ?? UNKNOWN, firstLanguage(language), network(ip)]
    .map((part) => part.toLowerCase().replaceAll('|', ''))
    .join('|');
}

/** `de-de` of `de-DE,de;q=0.9`: the order is the user's, the weights follow it in every browser. */
function firstLanguage(header: string | null): string {
  const tag = header?.split(/[,;]/, 1)[0]?.trim() ?? '';
  return /^[a-z0-9-]+$/i.test(tag) ? tag.slice(0, MAX_LANGUAGE_CHARACTERS) : UNKNOWN;
}

/** IPv4 by /24, IPv6 by /48; an IPv4-mapped address is the IPv4 address it carries. */
function network(ip: string | null): string {
  const withoutZone = ip?.split('%', 1)[0] ?? ''; // fe80::1%eth0: the zone is ours, not the client's
  if (isIP(withoutZone) === 0) return UNKNOWN;
  const address = ipaddr.process(withoutZone);
  if (address instanceof ipaddr.IPv4) {
    const cidr = `${address.toString()}/${IPV4_PREFIX_BITS}`;
    return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${IPV4_PREFIX_BITS}`;
  }
  const cidr = `${address.toString()}/${IPV6_PREFIX_BITS}`;
  return `${ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String()}/${IPV6_PREFIX_BITS}`;
}
