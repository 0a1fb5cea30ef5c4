import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's folder, with a trailing separator. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A path inside the project.
 *
 * @param {string} path
 */
export function inProject(path) {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** The operator has something to do: the message is one sentence that says what. */
export class ToolError extends Error {}

/**
 * Runs a tool's work; a ToolError becomes its sentence and exit code 1, anything else keeps its stack.
 *
 * @param {() => Promise<void>} work
 */
export async function runTool(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/**
 * Whether this file is the one that node was started with, rather than imported.
 *
 * @param {string} moduleUrl
 */
export function isEntryPoint(moduleUrl) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(moduleUrl);
}
