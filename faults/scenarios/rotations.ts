import { setTimeout as sleep } from 'node:timers/promises';
import type { Loss } from '../servers/proxy.ts';
import type { Stage } from '../stage.ts';

/** How a message that rotates is told: by the name of its plan, or by its text where no plans are kept. */
const BY_NAME = 'rotate-refresh-token';
const BY_TEXT = 'WITH asked (session_id';
const TICK_MS = 20;

/** Of the rotations on these ways, the share is lost, until there are so many. @returns how many there were */
export async function loseRotations(ways: Stage['ways'], loss: Loss, share: number, times: number): Promise<number> {
  const lost = () => ways.reduce((sum, way) => sum + way.lost(), 0);
  const before = lost();
  for (const way of ways) way.lose([BY_NAME, BY_TEXT], loss, share);
  while (lost() < before + times) await sleep(TICK_MS);
  return lost() - before;
}
