import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { loadScripts } from './load-scripts.mjs';
import { inProject, root, runTool, ToolError } from './project.mjs';

/**
 * `npm run load -- token-generation -e PROFILE=load`: runs a load script with the k6 of this machine and ends as k6
 * ends. What follows the script's name goes to k6 as it is.
 */
const resultsDir = 'load-tests/results';

await runTool(async () => {
  const [name = '', ...others] = process.argv.slice(2);
  const scripts = loadScripts();
  if (!scripts.includes(name)) throw new ToolError(`Name a load script: ${scripts.join(', ')}.`);
  const k6 = findOnPath('k6');
  if (k6 === undefined) {
    throw new ToolError(
      'k6 is not on the PATH: install it (https://grafana.com/docs/k6/latest/set-up/install-k6/), ' +
        'or use its published image with docker compose --profile load run --rm load.',
    );
  }
  mkdirSync(inProject(resultsDir), { recursive: true });
  process.exitCode = await exitCodeOf(k6, [
    'run',
    '-e',
    `RESULTS_DIR=${resultsDir}`,
    ...others,
    `load-tests/${name}.ts`,
  ]);
});

/**
 * @param {string} program
 * @returns {string | undefined}
 */
function findOnPath(program) {
  const files = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => files.map((file) => join(folder, file))).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ctrl-C reaches k6 too, which then still writes its summary: this process waits for it.
 *
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function exitCodeOf(program, args) {
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
