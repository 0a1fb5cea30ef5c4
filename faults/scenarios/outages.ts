import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Pace, type Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** The database is away for longer than a lost answer may be asked for again. */
export const OUTAGES: readonly Scenario[] = [
  {
    name: 'database-away',
    fault: 'PostgreSQL away for 60 s',
    how: 'stopped in order, started again',
    stage: {},
    quick: true,
    inject: (stage, pace) => away(stage, at(pace, 60, 36)),
  },
  {
    name: 'database-away-short',
    fault: 'PostgreSQL away for 45 s',
    how: 'killed, started again',
    stage: {},
    inject: (stage) => away(stage, 45, 'SIGKILL'),
  },
  {
    name: 'database-away-gateways-restarted',
    fault: 'PostgreSQL away for 60 s, gateways restarted meanwhile',
    how: 'both gateways get SIGTERM after half of the time, and are started until they come up',
    stage: {},
    quick: true,
    async inject({ primary, gateways }: Stage, pace: Pace) {
      const halfMs = at(pace, 30, 18) * 1000;
      await primary.stop('SIGINT');
      await sleep(halfMs);
      await Promise.all(gateways.map((gateway) => gateway.restart()));
      await sleep(halfMs);
      await primary.start();
      await Promise.all(gateways.map((gateway) => gateway.serves()));
    },
  },
  {
    name: 'database-away-long',
    fault: 'PostgreSQL away for 300 s',
    how: 'stopped in order, started again',
    stage: {},
    inject: (stage) => away(stage, 300),
  },
  {
    name: 'pooler-database-away',
    fault: 'PostgreSQL away for 45 s behind PgBouncer',
    how: 'PgBouncer in transaction mode stays; the server is stopped and started',
    needs: ['PgBouncer'],
    stage: { pooler: true },
    inject: (stage) => away(stage, 45),
  },
  {
    name: 'synchronous-standby-away',
    fault: 'synchronous standby away for 45 s',
    how: 'the standby is stopped: commits wait, reads are answered',
    needs: ['PostgreSQL with pg_basebackup'],
    stage: { standby: 'synchronous' },
    quick: true,
    async inject({ standby }, pace) {
      await standby?.stop('SIGINT');
      await sleep(at(pace, 45, 36) * 1000);
      await standby?.start();
    },
  },
];

async function away({ primary }: Stage, seconds: number, signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
  await primary.stop(signal);
  await sleep(seconds * 1000);
  await primary.start();
}
