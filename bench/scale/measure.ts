import { newSecret, startFluxgate } from '../contenders/fluxgate.ts';
import type { ServerProcess } from '../contenders/server-process.ts';
import { migrate, query, type DatabaseServer } from '../database.ts';
import { driveClosedLoop } from '../load/closed-loop.ts';
import { onRelease } from '../release.ts';
import type { Progress } from '../report/progress.ts';
import { shown } from '../report/table.ts';
import { fillSessions } from './fill.ts';
import { openRandomSessions, type RandomSessions } from './random-sessions.ts';
import type { ScaleSettings } from './settings.ts';

export interface SizeResult {
  readonly sessions: number;
  /** Refreshes a second, one value a round. */
  readonly perSecond: readonly number[];
  /** Of all updates of a session's row, how many percent touched no index. */
  readonly hotPercent: number;
}

interface Gateway {
  readonly sessions: number;
  readonly databaseUrl: string;
  readonly server: ServerProcess;
  readonly random: RandomSessions;
}

/** Fills a database of each size, then refreshes random sessions in all of them, in turn, round after round. */
export async function measureSizes(
  database: DatabaseServer,
  settings: ScaleSettings,
  progress: Progress,
): Promise<SizeResult[]> {
  const gateways: Gateway[] = [];
  for (const sessions of settings.sizes) gateways.push(await openSize(database, sessions, progress));

  const rates = new Map<Gateway, number[]>(gateways.map((gateway) => [gateway, []]));
  for (let round = 1; round <= settings.rounds; round++) {
    for (const [{ sessions, server, random }, perSecond] of rates) {
      progress.begin(`round ${round}: ${sessions.toLocaleString('en')} sessions`);
      const conversations = random.conversations(settings.connections);
      perSecond.push(await driveClosedLoop({ url: server.url, conversations, ...settings }));
      progress.finish(`${shown(perSecond.at(-1) ?? 0)} refreshes a second`);
    }
  }
  return Promise.all([...rates].map(([gateway, perSecond]) => resultOf(gateway, perSecond)));
}

async function openSize(database: DatabaseServer, sessions: number, progress: Progress): Promise<Gateway> {
  const databaseUrl = await database.create(`bench_scale_${sessions}`);
  await migrate(databaseUrl);
  await fillSessions(database, databaseUrl, sessions, progress);
  const secret = newSecret();
  const server = await startFluxgate(database, { databaseUrl, secret, name: `scale-${sessions}` });
  onRelease(() => server.stop());
  return { sessions, databaseUrl, server, random: await openRandomSessions(secret, sessions) };
}

/** Its statistics are complete once the gateway's connections have closed. */
async function resultOf({ sessions, databaseUrl, server }: Gateway, perSecond: readonly number[]): Promise<SizeResult> {
  await server.stop();
  const [row] = await query<{ updates: string; hot: string }>(
    databaseUrl,
    `SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'sessions'`,
  );
  return { sessions, perSecond, hotPercent: (Number(row?.hot) / Number(row?.updates)) * 100 };
}
