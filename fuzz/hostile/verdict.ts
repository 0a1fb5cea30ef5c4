import type { Latencies } from './honest-client.ts';
import type { Resident } from './resident.ts';

/** The most that a gateway may take, all of its processes together, in MB of 10^6 bytes. */
export const MAX_RESIDENT_MB = 512;
/** How much slower the 99th of a hundred refreshes may be than it is without hostile requests. */
export const MAX_SLOWER = 3;

/** Begins how a hostile request ended, where it must not end so. */
export const FAULT = 'FAULT';

export interface HostileFigures {
  readonly quiet: Latencies;
  /** null where a refresh was refused. */
  readonly beside: Latencies | null;
  readonly resident: Resident;
  readonly isAlive: boolean;
}

/**
 * @param counts how the hostile requests ended (attacker.ts).
 * @returns what does not hold, a sentence each.
 */
export function brokenPromises(
  { quiet, beside, resident, isAlive }: HostileFigures,
  counts: Readonly<Record<string, number>>,
): string[] {
  const faults = Object.entries(counts).filter(([how]) => how.includes(`: ${FAULT}`));
  const slower = beside === null ? null : beside.p99Ms / quiet.p99Ms;
  return [
    ...(isAlive ? [] : ['The gateway has ended.']),
    ...(slower !== null && slower <= MAX_SLOWER ? [] : [refreshesSuffered(slower)]),
    ...(resident.gatewayMb <= MAX_RESIDENT_MB
      ? []
      : [`The gateway took ${resident.gatewayMb.toFixed(0)} MB: ${MAX_RESIDENT_MB} are allowed.`]),
    ...faults.map(([how, count]) => `${count} times ${how}`),
  ];
}

function refreshesSuffered(slower: number | null): string {
  if (slower === null) return 'Refreshes of an honest client were refused.';
  return `Refreshes took ${slower.toFixed(1)} times as long: ${MAX_SLOWER} are allowed.`;
}
