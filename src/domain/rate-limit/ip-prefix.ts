import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/** What one customer gets at least, and walks through at will (RFC 6177): counted as one address. */
const IPV6_PREFIX_BITS = 64;

/**
 * The identity that limits count an address as: an IPv4 address whole, an IPv6 address by its /64, an IPv4-mapped one
 * as the IPv4 address it carries.
 *
 * @returns `203.0.113.7` or `2001:db8:1:2::/64`; `unknown`, one identity for all, where the text is no address
 */
export function rateLimitPrefix(ip: string): string {
  const withoutZone = ip.split('%', 1)[0] ?? ''; // fe80::1%eth0: the zone is ours, not the client's
  if (isIP(withoutZone) === 0) return 'unknown';
  const address = ipaddr.process(withoutZone);
  if (address instanceof ipaddr.IPv4) return address.toString();

  const cidr = `${address.toString()}/${IPV6_PREFIX_BITS}`;
  return `${ipaddr.IPv6.networkAddressFromCIDR(cidr).toRFC5952String()}/${IPV6_PREFIX_BITS}`;
}
