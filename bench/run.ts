import { ensureBuilt } from '../tools/build.mjs';
import { runTool } from '../tools/project.mjs';
import { checkOutBefore } from './contenders/commit-before.ts';
import { installPeers, peerVersions } from './contenders/peer-install.ts';
import { startDatabaseServer } from './database.ts';
import { planRounds } from './plan.ts';
import { onRelease, releasing } from './release.ts';
import { benchPage } from './report/bench-page.ts';
import { describeMachine, machineInWords } from './report/machine.ts';
import { createProgress } from './report/progress.ts';
import { shown, tableOf } from './report/table.ts';
import { writeReport } from './report/write.ts';
import { SERIES, type Measure, type Results, type Sample, type SeriesName } from './series.ts';
import { readBenchSettings } from './settings.ts';
import { median } from './statistics.ts';

/** `npm run bench` and `npm run bench:peers`: measures, prints the table, and writes the page and the numbers. */
await runTool(() =>
  releasing(async () => {
    const settings = readBenchSettings(process.argv.slice(2));
    const commit = settings.before === null ? null : await checkOutBefore(settings.before);
    await ensureBuilt();
    if (settings.withPeers) await installPeers();

    const database = await startDatabaseServer();
    onRelease(() => database.stop());
    const machine = await describeMachine(database.version, settings.withPeers ? await peerVersions() : {});
    console.error(machineInWords(machine));
    const results = await measureRounds(await planRounds(database, settings, commit), settings.rounds);

    const page = benchPage(results, machine, settings, commit?.name ?? null, new Date().toISOString());
    const { rounds, outputFolder } = settings;
    const path = await writeReport(outputFolder, 'latest', { page, rounds, series: seriesOf(results) });
    console.log(`${tableOf(page.rows)}\n\n${path}`);
  }),
);

async function measureRounds(plan: (round: number) => readonly Measure[], rounds: number): Promise<Results> {
  const results = new Map<SeriesName, number[]>();
  const progress = createProgress(plan(1).length * rounds);
  onRelease(() => Promise.resolve(progress.stop()));
  for (let round = 1; round <= rounds; round++) {
    for (const measure of plan(round)) {
      progress.begin(`round ${round}: ${measure.name}`);
      const samples = await measure.run();
      for (const { series, value } of samples) results.set(series, [...(results.get(series) ?? []), value]);
      progress.finish(samples.map(inWords).join(', '));
    }
  }
  progress.stop();
  return results;
}

function inWords({ series, value }: Sample): string {
  return `${shown(value)} ${SERIES[series].unit}`;
}

function seriesOf(results: Results): object[] {
  return [...results].map(([name, values]) => ({ name, ...SERIES[name], median: median(values), values }));
}
