import { planBefore } from './before-plan.ts';
import { askBareApollo, startBareApollo } from './contenders/bare-apollo.ts';
import { prepareBareStatement } from './contenders/bare-statement.ts';
import type { Project } from './contenders/commit-before.ts';
import { startFluxgate } from './contenders/fluxgate.ts';
import { prepareFluxgateLoad, type FluxgateLoad } from './contenders/fluxgate-load.ts';
import { measureRawHashing } from './contenders/raw-hashing.ts';
import type { ServerProcess } from './contenders/server-process.ts';
import { Visit } from './contenders/visit.ts';
import { migrate, type DatabaseServer } from './database.ts';
import { driveClosedLoop } from './load/closed-loop.ts';
import { firstSeenDocumentMs, worstHostileDocumentMs } from './measures/documents.ts';
import { direct, rateOf } from './measures/rate.ts';
import { residentMegabytes } from './measures/process-usage.ts';
import { busyRefreshP99Ms, refreshP99Ms } from './measures/refresh-latency.ts';
import { timeRefusedSignIns } from './measures/refused-sign-ins.ts';
import { planPeers } from './peer-plan.ts';
import { onRelease } from './release.ts';
import type { Measure } from './series.ts';
import type { BenchSettings } from './settings.ts';

/** More than one worker ends, so that the measurement does not run out of them. */
const REVOCATIONS_A_SECOND = 3_000;

/**
 * Starts every contender and tells what a round measures, in order: contenders of one operation follow each other, so
 * that whatever else the machine does meets all of them.
 *
 * @param commit to compare with; null without.
 * @returns of each round, counted from 1.
 */
export async function planRounds(
  database: DatabaseServer,
  settings: BenchSettings,
  commit: Project | null,
): Promise<(round: number) => readonly Measure[]> {
  const databaseUrl = await database.create('bench_fluxgate');
  await migrate(databaseUrl);
  const fluxgate = await startFluxgate(database, { databaseUrl, name: 'fluxgate' });
  onRelease(() => fluxgate.stop());
  const load = await prepareFluxgateLoad(fluxgate, databaseUrl, settings.connections);
  const statement = await prepareBareStatement(database, settings.connections);
  onRelease(() => statement.close());
  const apollo = await startBareApollo(database);
  onRelease(() => apollo.stop());

  const revocations = Math.ceil((settings.measureSeconds + settings.warmUpSeconds) * REVOCATIONS_A_SECOND);
  const rate = rateOf(settings);
  const peers = settings.withPeers ? await planPeers(database, settings, rate, revocations) : null;
  const before = commit ? await planBefore(database, settings, rate, commit) : null;
  const pressure = { concurrency: settings.connections, ...settings };
  const tokens = load.accounts.map(({ accessToken }) => accessToken);

  return (round) => [
    rate('login', fluxgate.url, () => load.login()),
    direct('rawHashing', () => measureRawHashing(pressure)),
    ...(before?.login(round) ?? []),
    rate('signup', fluxgate.url, () => load.signup()),
    ...(before?.signup(round) ?? []),
    ...(peers?.signIn ?? []),
    rate(
      'refresh',
      fluxgate.url,
      () => load.rotating.slice(0, settings.connections),
      () => load.settle(),
    ),
    direct('bareStatement', () => statement.measure(pressure)),
    ...(before?.refresh(round) ?? []),
    rate('me', fluxgate.url, () => load.me()),
    rate('bareApollo', apollo.url, () => askBareApollo(tokens)),
    ...(before?.me(round) ?? []),
    ...(peers?.whoAmI ?? []),
    rate('sessions', fluxgate.url, () => load.sessions()),
    ...(before?.sessions(round) ?? []),
    ...(peers?.listSessions ?? []),
    rate('revoke', fluxgate.url, () => load.revoke(revocations)),
    ...(peers?.endSession ?? []),
    rate('verify', fluxgate.url, () => load.verify()),
    ...latencies(fluxgate, load, settings),
    ...costs(database, fluxgate, load, settings),
  ];
}

function latencies(fluxgate: ServerProcess, load: FluxgateLoad, settings: BenchSettings): Measure[] {
  const { arrivalsPerSecond, warmUpSeconds, latencySeconds: measureSeconds } = settings;
  const options = { arrivalsPerSecond, warmUpSeconds, measureSeconds };
  return [
    direct('quietRefreshP99', () => refreshP99Ms(fluxgate, load, options)),
    direct('busyRefreshP99', () => busyRefreshP99Ms(fluxgate, load, options)),
    {
      name: 'refused sign-ins',
      async run() {
        const tries = Math.ceil(settings.tries / settings.rounds);
        const emails = load.accounts.map(({ email }) => email);
        const { knownMs, unknownMs } = await timeRefusedSignIns(fluxgate, emails, tries);
        return [
          { series: 'knownAddress', value: knownMs },
          { series: 'unknownAddress', value: unknownMs },
        ];
      },
    },
  ];
}

function costs(
  database: DatabaseServer,
  fluxgate: ServerProcess,
  load: FluxgateLoad,
  settings: BenchSettings,
): Measure[] {
  return [
    direct('firstSeenDocument', () => firstSeenDocumentMs(fluxgate)),
    direct('hostileDocument', () => worstHostileDocumentMs(fluxgate)),
    direct('idleMemory', async () => {
      const started = await startFluxgate(database, { databaseUrl: await emptyDatabase(database), name: 'idle' });
      const megabytes = await residentMegabytes(started.pid);
      await started.stop();
      return megabytes;
    }),
    direct('mixedMemory', async () => {
      const conversations = load.accounts.map(({ email }) => new Visit(email.replace(/@.*/, '')));
      const measureSeconds = settings.mixedLoadSeconds;
      await driveClosedLoop({ url: fluxgate.url, conversations, warmUpSeconds: 0, measureSeconds });
      return residentMegabytes(fluxgate.pid);
    }),
  ];
}

let emptyDatabases = 0;

/** Migrated beforehand: what is measured is the second start and every later one. */
async function emptyDatabase(database: DatabaseServer): Promise<string> {
  const url = await database.create(`bench_idle_${(emptyDatabases += 1)}`);
  await migrate(url);
  return url;
}
