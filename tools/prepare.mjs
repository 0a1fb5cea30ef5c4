import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { inProject, root } from './project.mjs';

/**
 * What npm runs at the end of `npm ci`, under the Node of the machine: makes sure that every later script runs under the
 * Node that came as a package, then builds.
 *
 * npm links that Node as node_modules/.bin/node, which comes first in the path of a script. npm 9 and 10 then remove the
 * link again, together with the packages of the other platforms, whose link has the same name.
 */
const node = packagedNode();
if (node !== undefined) link(node);
if (process.platform === 'win32') provideExec();

const builder = node === undefined ? process.execPath : inProject(`node_modules/${node}`);
const { status } = spawnSync(builder, [inProject('tools/build.mjs'), '--if-stale'], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;

/** @returns {string | undefined} its path inside node_modules; undefined where there is none for this platform */
function packagedNode() {
  const manifest = /** @type {{ optionalDependencies: Record<string, string> }} */ (
    JSON.parse(readFileSync(inProject('package.json'), 'utf8'))
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
