import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onRelease, releaseFromHere, releasing } from '../bench/release.ts';
import { describeMachine, machineInWords } from '../bench/report/machine.ts';
import { createProgress } from '../bench/report/progress.ts';
import { ensureBuilt } from '../tools/build.mjs';
import { root, runTool } from '../tools/project.mjs';
import { stageKey, Theatre, type Played } from './play.ts';
import { tableOf } from './report/table.ts';
import { writeReport } from './report/write.ts';
import type { Scenario } from './scenario.ts';
import { listOf, readFaultsSettings, type FaultsSettings } from './settings.ts';
import { startPrimary } from './servers/postgres.ts';
import { makeLogFolder } from './stage.ts';

/** `npm run faults`: injects faults, says which invariants held, and ends with 1 where one did not. */
await runTool(async () => {
  const settings = readFaultsSettings(process.argv.slice(2));
  if (settings.list) return console.log(listOf(settings.scenarios, settings.pace));
  await releasing(() => runAll(settings));
});
process.exit(); // after Ctrl-C a scenario would otherwise go on, and start what it had stopped

async function runAll({ pace, scenarios, holders, outputFolder }: FaultsSettings): Promise<void> {
  const commit = await currentCommit();
  await ensureBuilt();
  const machine = await describeMachine(await databaseVersion(), {});
  console.error(machineInWords(machine));
  const theatre = new Theatre({ pace, folder: await makeLogFolder(), holders });
  onRelease(() => theatre.close());

  const played = new Map<Scenario, Played>();
  const progress = createProgress(scenarios.length);
  onRelease(() => Promise.resolve(progress.stop()));
  for (const scenario of byStage(scenarios)) {
    progress.begin(scenario.name);
    const one = await theatre.play(scenario);
    played.set(scenario, one);
    progress.finish([one.verdict, ...one.why].join(', '));
  }
  progress.stop();

  const rows = scenarios.flatMap((scenario) => played.get(scenario) ?? []);
  const report = { measuredAt: new Date().toISOString(), commit, machine, pace, clients: holders, rows };
  const path = await writeReport(outputFolder, report);
  console.log(`${tableOf(rows, process.stdout.isTTY)}\n\n${path}`);
  if (rows.some(({ verdict }) => verdict === 'broken')) process.exitCode = 1;
}

/** Those that share a stage follow each other: it is set up once. */
function byStage(scenarios: readonly Scenario[]): Scenario[] {
  return [...Map.groupBy(scenarios, stageKey).values()].flat();
}

async function databaseVersion(): Promise<string> {
  const release = releaseFromHere();
  const primary = await startPrimary();
  return primary.version().finally(release);
}

/** Of a checkout; elsewhere nobody knows. */
async function currentCommit(): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty'], { cwd: root }).catch(() => ({
    stdout: 'unknown',
  }));
  return stdout.trim();
}
