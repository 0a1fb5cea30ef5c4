import { ensureBuilt } from '../tools/build.mjs';
import { runTool } from '../tools/project.mjs';
import { releasing } from '../bench/release.ts';
import { sendHostile } from './hostile/campaign.ts';
import { fuzzForMinutes } from './campaign.ts';
import { readFuzzSettings } from './settings.ts';

/** `npm run fuzz`: fails with what it found and how to see it again. */
await runTool(() =>
  releasing(async () => {
    const settings = readFuzzSettings(process.argv.slice(2));
    await ensureBuilt();
    await (settings.mode === 'minutes' ? fuzzForMinutes(settings) : sendHostile(settings));
  }),
);
