import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { query } from '../../bench/database.ts';
import { inProject } from '../../tools/project.mjs';
import type { Goals, Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const run = promisify(execFile);
const UNNOTICED: Goals = { failedRequests: 0, p99Times: 1.5 };

/** What operators do, and what a machine may do to a gateway. */
export const GATEWAYS: readonly Scenario[] = [
  {
    name: 'keys-rotated',
    fault: 'signing keys rotated, {size} times',
    size: { full: 10, quick: 2 },
    how: '`fluxgate keys rotate --force` every 2 s',
    stage: {},
    quick: true,
    goals: UNNOTICED,
    async inject(stage, size) {
      for (let nth = 0; nth < size; nth++) {
        await runCommand(stage, ['keys', 'rotate', '--force']);
        await sleep(2_000);
      }
    },
  },
  {
    name: 'clean-up',
    fault: 'clean-up of {size} sessions',
    size: { full: 1_000_000, quick: 10_000 },
    how: '`fluxgate cleanup`, of sessions that were revoked long ago',
    stage: {},
    goals: UNNOTICED,
    async inject(stage, size) {
      await runCommand(stage, ['cleanup']);
      const [left] = await query<{ count: number }>(
        stage.primary.url,
        `SELECT count(*)::int AS count FROM sessions WHERE revoked_at < now() - interval '1 year'`,
      );
      return `${(size - (left?.count ?? 0)).toLocaleString('en')} removed`;
    },
    prepare: (stage, size) => addEndedSessions(stage, size),
  },
  {
    name: 'rolling-restart',
    fault: 'rolling restarts behind nginx, {size} of each gateway',
    size: { full: 10, quick: 2 },
    how: 'SIGTERM to one and the other in turn, each once its neighbour is back',
    needs: ['nginx'],
    stage: { nginx: true },
    goals: UNNOTICED,
    async inject({ gateways }, size) {
      for (let nth = 0; nth < size * 2; nth++) {
        const gateway = gateways[nth % 2 === 0 ? 0 : 1];
        await gateway.restart();
        await gateway.serves();
      }
    },
  },
  {
    name: 'clock-off',
    fault: "a gateway's clock five minutes ahead, for {size} s",
    size: { full: 30, quick: 6 },
    how: 'a module that is loaded before it shifts `Date` in its process, from its start on; its timers and the database go right',
    stage: { secondNodeOptions: ['--import', inProject('faults/servers/clock-five-minutes-off.mjs')] },
    goals: { failedRequests: 0 },
    inject: (_, size) => sleep(size * 1000),
  },
];

async function runCommand({ primary, gateways, secret }: Stage, args: readonly string[]): Promise<void> {
  const production = { NODE_ENV: 'production', FLUXGATE_PUBLIC_URL: gateways[0].url };
  const env = { PATH: process.env['PATH'], ...production, DATABASE_URL: primary.url, FLUXGATE_SECRET: secret };
  await run(process.execPath, [inProject('bin/fluxgate.mjs'), ...args], { env });
}

/** Of somebody who is there. */
async function addEndedSessions({ primary }: Stage, count: number): Promise<void> {
  await query(
    primary.url,
    `INSERT INTO sessions (id, user_id, device_id, rotated_by, last_used_at, idle_expires_at, absolute_expires_at, authenticated_at,
       created_at, revoked_at, revoke_reason)
     SELECT gen_random_uuid(), d.user_id, d.id, 'Firefox', long_ago, long_ago, long_ago, long_ago, long_ago, long_ago, 'LOGOUT'
     FROM generate_series(1, $1), (SELECT id, user_id FROM devices LIMIT 1) AS d,
       (SELECT now() - interval '2 years' AS long_ago) AS moment`,
    [count],
  );
}
