import { ensureBuilt } from '../tools/build.mjs';
import { runTool } from '../tools/project.mjs';
import { startDatabaseServer } from './database.ts';
import { onRelease, releasing } from './release.ts';
import { describeMachine, machineInWords } from './report/machine.ts';
import { createProgress } from './report/progress.ts';
import { tableOf } from './report/table.ts';
import { writeReport } from './report/write.ts';
import { stepsOfFilling } from './scale/fill.ts';
import { measureSizes } from './scale/measure.ts';
import { scalePage } from './scale/page.ts';
import { readScaleSettings } from './scale/settings.ts';

/** `npm run bench:scale`: what refreshing costs when the table is large. */
await runTool(() =>
  releasing(async () => {
    const settings = readScaleSettings(process.argv.slice(2));
    await ensureBuilt();
    const database = await startDatabaseServer();
    onRelease(() => database.stop());
    const machine = await describeMachine(database.version, {});
    console.error(machineInWords(machine));

    const { sizes, rounds, outputFolder } = settings;
    const filling = sizes.reduce((steps, sessions) => steps + stepsOfFilling(sessions), 0);
    const progress = createProgress(filling + sizes.length * rounds);
    onRelease(() => Promise.resolve(progress.stop()));
    const results = await measureSizes(database, settings, progress);
    progress.stop();

    const page = scalePage(results, machine, settings, new Date().toISOString());
    const path = await writeReport(outputFolder, 'scale', { page, rounds, series: results });
    console.log(`${tableOf(page.rows)}\n\n${path}`);
  }),
);
