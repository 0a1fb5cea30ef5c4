import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { requireNode } from '../bin/require-node.mjs';
import { inProject, isEntryPoint, root, runTool, ToolError } from './project.mjs';

const outDir = inProject('dist');
const entry = join(outDir, 'src', 'main.js');
const stampPath = join(outDir, '.built');
const temporaryPrefix = '.dist-';
const progressAfterMs = 1000;
const noCompiler = 'TypeScript is not installed: run npm ci with its development dependencies';

/**
 * Builds dist/ unless it was built from exactly these sources. Without TypeScript (`npm ci --omit=dev`) the build that
 * is there stands.
 *
 * @param {{ quiet?: boolean }} [options] quiet: no progress line
 * @throws {ToolError} the sources do not compile, or there is nothing to run and nothing to build it with
 */
export async function ensureBuilt({ quiet = false } = {}) {
  const built = existsSync(entry);
  if (built && !existsSync(inProject('src'))) return;
  const sources = await hashSources();
  if (built && (await readStamp()) === sources) return;

  const compiler = findCompiler();
  if (compiler !== undefined) return build(compiler, sources, quiet);
  if (!built) throw new ToolError(`Fluxgate is not built and ${noCompiler}, or bring dist/ along.`);
  if (!quiet) console.error(`Fluxgate runs an older build than its sources: ${noCompiler}.`);
}

/** Builds whatever is there already. */
async function rebuild() {
  const compiler = findCompiler();
  if (compiler === undefined) throw new ToolError(`Fluxgate cannot be built: ${noCompiler}.`);
  await build(compiler, await hashSources(), false);
}

/**
 * Compiles into a sibling of dist/ and moves it into place, so that a failed, killed or concurrent build leaves a whole
 * dist/ behind and no output of a deleted source survives.
 *
 * @param {string} compiler
 * @param {string} sources
 * @param {boolean} quiet
 */
async function build(compiler, sources, quiet) {
  await removeLeftovers();
  const temporary = temporaryFolder();
  const progress = setTimeout(() => quiet || console.error('Building Fluxgate…'), progressAfterMs);
  try {
    const project = ['--project', inProject('tsconfig.build.json'), '--pretty', 'false'];
    await run([compiler, ...project, '--outDir', temporary], 'Fluxgate does not compile');
    await run([inProject('tools/assets.mjs'), temporary], 'What the pages load cannot be written');
    await writeFile(join(temporary, '.built'), sources);
    await moveIntoPlace(temporary);
  } finally {
    clearTimeout(progress);
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * @param {string[]} args
 * @param {string} failure
 * @returns {Promise<void>}
 */
function run(args, failure) {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new ToolError(`${stdout}${stderr}${failure}: dist/ is left as it was.`));
    });
  });
}

/**
 * Two renames, because a folder cannot replace a folder that has files in it. When another build lands between the two,
 * its output is moved aside in turn: the last one stays.
 *
 * @param {string} built
 */
async function moveIntoPlace(built) {
  for (let attempt = 1; ; attempt++) {
    const aside = temporaryFolder();
    await rename(outDir, aside).catch((error) => rethrowUnless(error, ['ENOENT']));
    try {
      await rename(built, outDir);
      return;
    } catch (error) {
      if (attempt === 10) throw error;
      rethrowUnless(error, ['ENOTEMPTY', 'EEXIST', 'EPERM']);
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  }
}

/**
 * @param {unknown} error
 * @param {readonly string[]} codes
 */
function rethrowUnless(error, codes) {
  if (!(error instanceof Error && 'code' in error && codes.includes(String(error.code)))) throw error;
}

/** Named with our process id, which is how a leftover is told from a build that is running. */
function temporaryFolder() {
  return inProject(`${temporaryPrefix}${process.pid}-${randomUUID().slice(0, 8)}`);
}

async function removeLeftovers() {
  for (const name of await readdir(root)) {
    const pid = new RegExp(`^\\${temporaryPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(inProject(name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** @returns {string | undefined} */
function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  } catch {
    return undefined;
  }
}

/** @returns {Promise<string | undefined>} */
function readStamp() {
  return readFile(stampPath, 'utf8').catch(() => undefined);
}

/** One hash over the path and content of everything that a build reads. */
async function hashSources() {
  const hash = createHash('sha256');
  for (const path of await sourcePaths()) {
    const content = await readFile(inProject(path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function sourcePaths() {
  const top = (await readdir(root)).filter((name) => name === 'package.json' || /^tsconfig.*\.json$/.test(name));
  const folders = await Promise.all(['src', 'migrations'].map(filesUnder));
  return [...top, ...folders.flat()].sort();
}

/**
 * @param {string} folder
 * @returns {Promise<string[]>} relative to the project, with forward slashes
 */
async function filesUnder(folder) {
  const entries = await readdir(inProject(folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name).slice(root.length).split(sep).join('/'));
}

if (isEntryPoint(import.meta.url)) {
  requireNode();
  await runTool(() => (process.argv.includes('--if-stale') ? ensureBuilt() : rebuild()));
}
