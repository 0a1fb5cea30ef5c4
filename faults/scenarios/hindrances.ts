import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Goals, Scenario } from '../scenario.ts';
import { STATEMENT_TIMEOUT_MS } from '../servers/postgres.ts';
import type { Stage } from '../stage.ts';

const LEEWAY_MS = 2_000;
const IN_TIME: Goals = { longestMs: STATEMENT_TIMEOUT_MS + LEEWAY_MS };
const TERMINATE = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'fluxgate'`;

/** The database is there, but does not answer as it should. */
export const HINDRANCES: readonly Scenario[] = [
  {
    name: 'backends-terminated',
    fault: 'backends terminated in a loop for {size} s',
    size: { full: 30, quick: 6 },
    how: 'pg_terminate_backend of every connection of the gateways, five times a second',
    stage: { proxied: true },
    quick: true,
    goals: IN_TIME,
    async inject({ primary }, size) {
      const untilMs = performance.now() + size * 1000;
      while (performance.now() < untilMs) {
        await primary.ask(TERMINATE);
        await sleep(200);
      }
    },
  },
  {
    name: 'database-frozen-10',
    fault: 'PostgreSQL frozen for 10 s',
    how: 'SIGSTOP to all its processes, then SIGCONT',
    stage: { proxied: true },
    goals: IN_TIME,
    inject: (stage) => frozen(stage, 10),
  },
  {
    name: 'database-frozen-40',
    fault: 'PostgreSQL frozen for 40 s',
    how: 'SIGSTOP to all its processes, then SIGCONT',
    stage: { proxied: true },
    goals: IN_TIME,
    inject: (stage) => frozen(stage, 40),
  },
  {
    name: 'latency',
    fault: '200 ms to the database and back, for 30 s',
    how: 'the proxy delays each way by 100 ms',
    stage: { proxied: true },
    goals: IN_TIME,
    inject: async ({ ways, feedWays }) => during([...ways, ...feedWays], (way) => way.delay(100), 30),
  },
  {
    name: 'black-hole',
    fault: 'no way to the database for {size} s, and no reset',
    size: { full: 30, quick: 14 },
    how: 'the proxy swallows what comes, in both directions',
    stage: { proxied: true },
    goals: IN_TIME,
    inject: async ({ ways, feedWays }, size) => during([...ways, ...feedWays], (way) => way.blackHole(), size),
  },
  {
    name: 'one-gateway-cut-off',
    fault: 'one gateway cut off from the database for 45 s',
    how: 'its proxy swallows what comes; the other gateway serves on',
    stage: { proxied: true },
    goals: IN_TIME,
    inject: async ({ ways: [way], feedWays: [feedWay] }) => during([way!, feedWay!], (one) => one.blackHole(), 45),
  },
  {
    name: 'connections-exhausted',
    fault: 'no connection to be had for 20 s',
    how: 'the role may have none any more, and those it has are terminated',
    stage: { proxied: true },
    goals: IN_TIME,
    async inject({ primary }) {
      await primary.ask('ALTER ROLE fluxgate CONNECTION LIMIT 0');
      await primary.ask(TERMINATE);
      await sleep(20_000);
      await primary.ask('ALTER ROLE fluxgate CONNECTION LIMIT -1');
    },
  },
  {
    name: 'rows-locked',
    fault: 'every session locked for {size} s',
    size: { full: 60, quick: 15 },
    how: 'a transaction of somebody else holds all rows',
    stage: { proxied: true },
    goals: IN_TIME,
    inject: (stage, size) => lockRows(stage, size),
  },
  {
    name: 'disk-full',
    fault: 'disk full for 20 s',
    how: 'a file fills the file system of the data; then it is removed, and the server started where it has ended',
    needs: ['a file system of its own (root)'],
    stage: { smallDiskMegabytes: 256 },
    goals: IN_TIME,
    inject: fillDisk,
  },
];

async function frozen({ primary }: Stage, seconds: number): Promise<void> {
  primary.freeze();
  await sleep(seconds * 1000);
  primary.thaw();
}

async function during(
  ways: Stage['ways'],
  spoil: (way: Stage['ways'][number]) => void,
  seconds: number,
): Promise<void> {
  ways.forEach(spoil);
  await sleep(seconds * 1000);
  for (const way of ways) way.heal();
}

async function lockRows({ primary }: Stage, seconds: number): Promise<void> {
  const url = new URL(primary.url);
  const client = new pg.Client({ connectionString: url.href, statement_timeout: 0, lock_timeout: 0 });
  await client.connect();
  await client.query(`SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0`);
  await client.query('BEGIN; SELECT id FROM sessions ORDER BY id FOR UPDATE');
  await sleep(seconds * 1000);
  await client.query('ROLLBACK');
  await client.end();
}

async function fillDisk({ primary }: Stage): Promise<string> {
  const filler = join(primary.folder, 'filler');
  const fill = () =>
    writeFile(filler, Buffer.alloc(1024 * 1024), { flag: 'a' }).then(
      () => true,
      () => false,
    );
  while (await fill());
  await sleep(20_000);
  await rm(filler);
  const ended = await primary.startAgain();
  return ended ? 'PostgreSQL had ended' : 'PostgreSQL went on';
}
