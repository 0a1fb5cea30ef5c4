import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isNewEnough, NEEDED_NODE } from '../bin/require-node.mjs';
import { inProject, root, runTool, ToolError } from './project.mjs';

/**
 * What npm runs at the end of `npm ci`: makes sure that every later script runs under the Node that came as a package, or
 * under the machine's where that one does not start, then builds.
 *
 * npm links that Node as node_modules/.bin/node, which comes first in the path of a script. npm 9 and 10 then remove the
 * link again, together with the packages of the other platforms, whose link has the same name.
 */
await runTool(() => {
  const builder = chooseNode();
  if (process.platform === 'win32') provideExec();
  const { status } = spawnSync(builder, [inProject('tools/build.mjs'), '--if-stale'], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  return Promise.resolve();
});

/**
 * @returns {string} the program's path
 * @throws {ToolError} neither can be used
 */
function chooseNode() {
  const packaged = packagedNode();
  if (packaged === undefined) return process.execPath;
  const program = inProject(`node_modules/${packaged}`);
  link(packaged);
  const problem = startProblem(program);
  if (problem === null) return program;

  rmSync(inProject('node_modules/.bin/node'), { force: true });
  const found = `The Node that npm brought does not start here (${problem})`;
  const own = process.versions.node;
  if (!isNewEnough(own))
    throw new ToolError(
      `${found}, and this machine's ${own} is older than ${NEEDED_NODE}: install what it lacks (libatomic1 on Debian) or a ` +
        'newer Node, then run npm ci again.',
    );
  console.error(`${found}: this machine's, ${own}, is used instead.`);
  return process.execPath;
}

/**
 * @param {string} program
 * @returns {string | null} null: it starts
 */
function startProblem(program) {
  const { status, signal, error, stderr } = spawnSync(program, ['-e', '0'], { encoding: 'utf8' });
  if (status === 0) return null;
  const library = /loading shared libraries: ([^:\s]+)/.exec(stderr ?? '')?.[1];
  if (library !== undefined) return `it lacks ${library}`;
  return error?.message ?? `it ends with ${signal ?? status}`;
}

/** @returns {string | undefined} its path inside node_modules; undefined where there is none for this platform */
function packagedNode() {
  const manifest = /** @type {{ optionalDependencies: Record<string, string> }} */ (
    JSON.parse(readFileSync(inProject('runtime/package.json'), 'utf8'))
  );
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return Object.keys(manifest.optionalDependencies)
    .filter((name) => name.startsWith('node-'))
    .map((name) => `${name}/bin/${program}`)
    .find((path) => existsSync(inProject(`node_modules/${path}`)));
}

/** @param {string} path inside node_modules */
function link(path) {
  mkdirSync(inProject('node_modules/.bin'), { recursive: true });
  if (process.platform === 'win32') {
    writeFileSync(inProject('node_modules/.bin/node.cmd'), `@"%~dp0..\\${path.replaceAll('/', '\\')}" %*\r\n`);
    return;
  }
  const shim = inProject('node_modules/.bin/node');
  if (lstatSync(shim, { throwIfNoEntry: false }) !== undefined) return;
  chmodSync(inProject(`node_modules/${path}`), 0o755);
  symlinkSync(`../${path}`, shim);
}

/**
 * `npm start` and `npm run dev` begin with exec, so that signals reach node and not a shell between npm and it. The shell
 * of Windows has no exec: there it is a script that runs its arguments.
 */
function provideExec() {
  writeFileSync(inProject('node_modules/.bin/exec.cmd'), '@%*\r\n');
}
