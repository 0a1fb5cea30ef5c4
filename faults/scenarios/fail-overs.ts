import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const PRIMARY_GONE_MS = 3_000;
const LAG_MS = 3_000;
const IN_THE_LAG = 6;

/** Another server takes over. */
export const FAIL_OVERS: readonly Scenario[] = [
  {
    name: 'synchronous-failover',
    fault: 'fail-over to a synchronous standby',
    how: 'the primary is killed, the standby promoted 3 s later; DATABASE_URL names both',
    needs: ['PostgreSQL with pg_basebackup'],
    stage: { standby: 'synchronous', twoHosts: true },
    wrecks: true,
    inject: (stage) => failOver(stage, 'SIGKILL'),
  },
  {
    name: 'planned-failover',
    fault: 'planned fail-over to a synchronous standby',
    how: 'the primary is stopped in order, the standby promoted 3 s later; DATABASE_URL names both',
    needs: ['PostgreSQL with pg_basebackup'],
    stage: { standby: 'synchronous', twoHosts: true },
    wrecks: true,
    inject: (stage) => failOver(stage, 'SIGINT'),
  },
  {
    name: 'asynchronous-failover',
    fault: 'fail-over to an asynchronous standby that lost commits',
    how: 'replication is cut, people sign in and sessions are revoked, 3 s later the primary is killed, the standby promoted, and the address moved to it',
    needs: ['PostgreSQL with pg_basebackup'],
    stage: { standby: 'asynchronous', proxied: true },
    wrecks: true,
    losesCommits: true,
    async inject(stage) {
      const { crowd, replication, ways, feedWays, standby } = stage;
      const victims = [];
      for (let nth = 0; nth < IN_THE_LAG; nth++) victims.push(await crowd.signIn(nth));
      await standbyCaughtUp(stage);
      replication?.blackHole();
      for (let nth = 0; nth < IN_THE_LAG; nth++) crowd.join(await crowd.signIn(nth), nth);
      await Promise.all([...victims.map((victim, nth) => crowd.revoke(victim, nth)), sleep(LAG_MS)]);
      await failOver(stage, 'SIGKILL');
      for (const way of [...ways, ...feedWays]) {
        if (standby) way.lead(standby.port);
        way.reset();
      }
      return `${IN_THE_LAG} sign-ins and ${IN_THE_LAG} revocations in what the standby had not got`;
    },
  },
];

async function failOver(stage: Stage, signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
  const { standby } = stage;
  if (!standby) throw new Error('there is no standby');
  await stage.primary.stop(signal);
  await sleep(PRIMARY_GONE_MS);
  await standby.promote();
  stage.primary = standby;
}

async function standbyCaughtUp({ primary }: Stage): Promise<void> {
  for (;;) {
    const [row] = await primary.ask<{ behind: boolean }>(
      'SELECT bool_or(replay_lsn < pg_current_wal_lsn()) AS behind FROM pg_stat_replication',
    );
    if (row?.behind === false) return;
    await sleep(20);
  }
}
