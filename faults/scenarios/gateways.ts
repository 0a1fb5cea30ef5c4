import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { query } from '../../bench/database.ts';
import { inProject } from '../../tools/project.mjs';
import { at, type Goals, type Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const run = promisify(execFile);
const UNNOTICED: Goals = { failedRequests: 0, p99Times: 1.5 };
const CLEAN_UP_ROWS = 1_000_000;

/** What operators do, and what a machine may do to a gateway. */
export const GATEWAYS: readonly Scenario[] = [
  {
    name: 'keys-rotated',
    fault: 'signing keys rotated, 10 times',
    how: '`fluxgate keys rotate --force` every 2 s',
    stage: {},
    quick: true,
    goals: UNNOTICED,
    async inject(stage, pace) {
      for (let nth = 0; nth < at(pace, 10, 2); nth++) {
        await runCommand(stage, ['keys', 'rotate', '--force']);
        await sleep(2_000);
      }
    },
  },
  {
    name: 'clean-up',
    fault: 'clean-up of 1,000,000 sessions',
    how: '`fluxgate cleanup`, of sessions that were revoked long ago',
    stage: {},
    goals: UNNOTICED,
    async inject(stage, pace) {
      const rows = at(pace, CLEAN_UP_ROWS, 10_000);
      await runCommand(stage, ['cleanup']);
      const [left] = await query<{ count: number }>(
        stage.primary.url,
        `SELECT count(*)::int AS count FROM sessions WHERE revoked_at < now() - interval '1 year'`,
      );
      return `${(rows - (left?.count ?? 0)).toLocaleString('en')} removed`;
    },
    prepare: (stage, pace) => addEndedSessions(stage, at(pace, CLEAN_UP_ROWS, 10_000)),
  },
  {
    name: 'rolling-restart',
    fault: 'rolling restarts behind nginx, 10 of each gateway',
    how: 'SIGTERM to one and the other in turn, each once its neighbour is back',
    needs: ['nginx'],
    stage: { nginx: true },
    goals: UNNOTICED,
    async inject({ gateways }, pace) {
      for (let nth = 0; nth < at(pace, 20, 4); nth++) {
        const gateway = gateways[nth % 2 === 0 ? 0 : 1];
        await gateway.restart();
        await gateway.serves();
      }
    },
  },
  {
    name: 'clock-off',
    fault: "a gateway's clock five minutes ahead",
    how: 'a module that is loaded before it shifts `Date` in its process, from its start on; its timers and the database go right',
    stage: { secondNodeOptions: ['--import', inProject('faults/servers/clock-five-minutes-off.mjs')] },
    goals: { failedRequests: 0 },
    inject: (_, pace) => sleep(at(pace, 30, 6) * 1000),
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
