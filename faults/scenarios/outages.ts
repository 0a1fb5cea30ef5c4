import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { loseRotations } from './rotations.ts';

/** So many clients have to ask again for what was committed before. */
const ANSWERS_LOST = 40;

/** The database is away for longer than a lost answer may be asked for again. */
export const OUTAGES: readonly Scenario[] = [
  {
    name: 'database-away',
    fault: 'PostgreSQL away for {size} s',
    size: { full: 60, quick: 34 },
    how: 'killed while answers to refreshes are cut off, started again',
    stage: { proxied: true },
    inject: (stage, size) => away(stage, size, 'SIGKILL'),
  },
  {
    name: 'database-away-short',
    fault: 'PostgreSQL away for 45 s',
    how: 'stopped in order while answers to refreshes are cut off, started again',
    stage: { proxied: true },
    inject: (stage) => away(stage, 45, 'SIGINT'),
  },
  {
    name: 'database-away-gateways-restarted',
    fault: 'PostgreSQL away for {size} s, gateways restarted meanwhile',
    size: { full: 60, quick: 34 },
    how: 'the same; both gateways get SIGTERM after half of the time, and are started until they come up',
    stage: { proxied: true },
    quick: true,
    inject: (stage, size) => away(stage, size, 'SIGKILL', () => restartAll(stage)),
  },
  {
    name: 'database-away-long',
    fault: 'PostgreSQL away for 300 s',
    how: 'killed while answers to refreshes are cut off, started again',
    stage: { proxied: true },
    inject: (stage) => away(stage, 300, 'SIGKILL'),
  },
  {
    name: 'pooler-database-away',
    fault: 'PostgreSQL away for 45 s behind PgBouncer',
    how: 'PgBouncer in transaction mode stays; the server is killed while answers to refreshes are cut off, and started again',
    needs: ['PgBouncer'],
    stage: { proxied: true, pooler: true },
    inject: (stage) => away(stage, 45, 'SIGKILL'),
  },
  {
    name: 'synchronous-standby-away',
    fault: 'synchronous standby away for {size} s',
    size: { full: 45, quick: 34 },
    how: 'the standby is stopped: commits wait, reads are answered',
    needs: ['PostgreSQL with pg_basebackup'],
    stage: { standby: 'synchronous' },
    quick: true,
    async inject({ standby }, size) {
      await standby?.stop('SIGINT');
      await sleep(size * 1000);
      await standby?.start();
    },
  },
];

/** @param meanwhile what is done after half of the time */
async function away(
  { primary, ways }: Stage,
  seconds: number,
  signal: 'SIGINT' | 'SIGKILL',
  meanwhile?: () => Promise<void>,
): Promise<string> {
  const lost = await loseRotations(ways, 'drop answer', 1, ANSWERS_LOST);
  await primary.stop(signal);
  for (const way of ways) way.heal();
  await sleep(seconds * 500);
  await meanwhile?.();
  await sleep(seconds * 500);
  await primary.start();
  return `${lost} answers cut off just before`;
}

async function restartAll({ gateways }: Stage): Promise<void> {
  await Promise.all(gateways.map((gateway) => gateway.restart()));
}
