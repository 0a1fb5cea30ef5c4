import { root } from '../tools/project.mjs';
import { migrateByCommand, type Project } from './contenders/commit-before.ts';
import { startFluxgate } from './contenders/fluxgate.ts';
import { prepareFluxgateLoad } from './contenders/fluxgate-load.ts';
import type { DatabaseServer } from './database.ts';
import type { Rate } from './measures/rate.ts';
import { onRelease } from './release.ts';
import type { Measure } from './series.ts';
import type { BenchSettings } from './settings.ts';

type Compared = 'login' | 'signup' | 'refresh' | 'me' | 'sessions';

/** Both of an operation, one after the other: in every second round the other way round. */
export type BeforePlan = Readonly<Record<Compared, (round: number) => readonly Measure[]>>;

/**
 * Starts the commit's gateway, and ours once more: what a gateway answers depends on what it and its database have been
 * through, so both are started, filled and asked alike, and neither has to do what else is in a round.
 */
export async function planBefore(
  database: DatabaseServer,
  settings: BenchSettings,
  rate: Rate,
  commit: Project,
): Promise<BeforePlan> {
  const now = await planOne(database, settings, rate, { name: 'now', folder: root }, 'Now');
  const before = await planOne(database, settings, rate, commit, 'Before');
  const inTurn = (operation: Compared) => (round: number) =>
    round % 2 === 1 ? [now[operation], before[operation]] : [before[operation], now[operation]];
  return {
    login: inTurn('login'),
    signup: inTurn('signup'),
    refresh: inTurn('refresh'),
    me: inTurn('me'),
    sessions: inTurn('sessions'),
  };
}

async function planOne(
  database: DatabaseServer,
  { connections }: BenchSettings,
  rate: Rate,
  project: Project,
  when: 'Now' | 'Before',
): Promise<Readonly<Record<Compared, Measure>>> {
  const databaseUrl = await database.create(`bench_${when.toLowerCase()}`);
  await migrateByCommand(project, databaseUrl);
  const gateway = await startFluxgate(database, { databaseUrl, name: when.toLowerCase(), project: project.folder });
  onRelease(() => gateway.stop());
  const load = await prepareFluxgateLoad(gateway, databaseUrl, connections);

  return {
    login: rate(`login${when}`, gateway.url, () => load.login()),
    signup: rate(`signup${when}`, gateway.url, () => load.signup()),
    refresh: rate(
      `refresh${when}`,
      gateway.url,
      () => load.rotating.slice(0, connections),
      () => load.settle(),
    ),
    me: rate(`me${when}`, gateway.url, () => load.me()),
    sessions: rate(`sessions${when}`, gateway.url, () => load.sessions()),
  };
}
