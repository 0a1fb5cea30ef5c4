import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/** What one customer gets at least, and walks through at will (RFC 6177): counted as one address. */
const IPV6_PREFIX_BITS = 64;

/** What one customer often gets, and a site at most: counted as well, with as many times the points. */
export const WIDER_PREFIXES = { 56: 4, 48: 16 } as const;
export type WiderBits = keyof typeof WIDER_PREFIXES;

const UNKNOWN = 'unknown';

export interface CountedAddress {
  /** `203.0.113.7` or `2001:db8:1:2::/64`; `unknown`, one identity for all, where the text is no address. */
  readonly identity: string;
  /** Of IPv6: the networks that it is in, the narrower first. */
  readonly wider: readonly { readonly bits: WiderBits; readonly identity: string }[];
}

/**
 * The identities that limits count an address as: an IPv4 address whole, an IPv6 address by its /64 and by the networks
 * around that, an IPv4-mapped one as the IPv4 address it carries.
 */
export function countedAddress(ip: string): CountedAddress {
  const withoutZone = ip.split('%', 1)[0] ?? ''; // fe80::1%eth0: the zone is ours, not the client's
  if (isIP(withoutZone) === 0) return { identity: UNKNOWN, wider: [] };
  const address = ipaddr.process(withoutZone);
  if (address instanceof ipaddr.IPv4) return { identity: address.toString(), wider: [] };

  const wider = ([56, 48] as const).map((bits) => ({ bits, identity: network(address, bits) }));
  return { identity: network(address, IPV6_PREFIX_BITS), wider };
}

function network(address: ipaddr.IPv6, bits: number): string {
  const cidr = `${address.toString()}/${bits}`;
  return `${ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String()}/${bits}`;
}
