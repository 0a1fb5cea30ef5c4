import { requireNode } from '../bin/require-node.mjs';

requireNode();

const { inProject, runTool } = await import('./project.mjs');
const { ensureBuilt } = await import('./build.mjs');
const { pathToFileURL } = await import('node:url');

/** `npm start` and `npm start -- --option` serve; a command's name runs that command. */
await runTool(async () => {
  await ensureBuilt();
  const main = inProject('dist/src/main.js');
  const given = process.argv.slice(2);
  const command = given[0] === undefined || given[0].startsWith('-') ? ['serve', ...given] : given;
  process.argv = [process.execPath, main, ...command];
  // In this process, so that npm's signals reach the server without a go-between.
  await import(pathToFileURL(main).href);
});
