import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { inProject, runTool, ToolError } from './project.mjs';

/**
 * Writes schema.graphql and possible-types.json from the built code; `--check` compares instead, for CI: whoever
 * changes the public schema commits the change where a reviewer sees it.
 */
await runTool(async () => {
  await ensureBuilt();
  const generated = Object.entries(await generate());
  if (!process.argv.includes('--check')) {
    for (const [name, content] of generated) await writeFile(inProject(name), content);
    return;
  }
  for (const [name, content] of generated) {
    const committed = await readFile(inProject(name), 'utf8').catch(() => undefined);
    if (committed !== content) throw new ToolError(`${name} is not what the code defines: run npm run schema.`);
  }
});

/** @returns {Promise<Record<string, string>>} file name -> content */
async function generate() {
  const schema = /** @type {{ printedSchema(): Promise<string>, possibleTypes(): Promise<object> }} */ (
    await import(pathToFileURL(inProject('dist/src/transport/graphql/schema.js')).href)
  );
  return {
    'schema.graphql': `${(await schema.printedSchema()).trimEnd()}\n`,
    'possible-types.json': `${JSON.stringify(await schema.possibleTypes(), undefined, 2)}\n`,
  };
}
