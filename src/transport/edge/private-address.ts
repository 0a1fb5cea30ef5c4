import ipaddr from 'ipaddr.js';

const RANGES: readonly string[] = ['private', 'uniqueLocal', 'loopback', 'linkLocal', 'carrierGradeNat'];

/** Whether an address is of somebody's own network (RFC 1918, 4193, 6598), and no client's on the Internet. */
export function isPrivateAddress(ip: string): boolean {
  return ipaddr.isValid(ip) && RANGES.includes(ipaddr.process(ip).range());
}
