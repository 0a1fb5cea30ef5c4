import { countedAddress } from './ip-prefix.js';
import type { AddressPolicyName, Limits } from './policies.js';

/**
 * Takes points from an address, and from the IPv6 networks that it is in once it has some left itself: whoever walks
 * through a /56 spends what that has, and leaves its neighbours theirs.
 *
 * @param points 1 unless given. @throws AuthError RATE_LIMITED
 */
export async function consumeByAddress(
  limits: Limits,
  policy: AddressPolicyName,
  ip: string | null,
  points?: number,
): Promise<void> {
  const { identity, wider } = countedAddress(ip ?? '');
  await limits.consume(policy, identity, points);
  for (const { bits, identity: network } of wider) await limits.consume(`${policy}/${bits}`, network, points);
}
