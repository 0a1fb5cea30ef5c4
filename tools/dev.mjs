import { spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { sep } from 'node:path';
import { requireNode } from '../bin/require-node.mjs';
import { inProject, root } from './project.mjs';

requireNode();

const { default: ts } = await import('typescript');

/**
 * Compiles on every change and restarts the server on every change that compiles; until then the last good one keeps
 * running. Has an output folder of its own, so that it never mixes with what `npm start` and the tests run.
 */
const outDir = inProject('dist-dev');
const entry = inProject('dist-dev/src/main.js');
const stopTimeoutMs = 10_000;
const settleMs = 100;
const foundNoErrors = /found 0 errors/i;

const command = process.argv.length > 2 ? process.argv.slice(2) : ['serve'];

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;
/** Starts and stops take turns: two quick saves never leave two servers. */
let turn = Promise.resolve();
let stopping = false;

function restart() {
  turn = turn
    .then(stop)
    .then(writeAssets)
    .then(() => {
      if (!stopping) start();
    });
}

/** @returns {Promise<void>} */
function writeAssets() {
  const writing = spawn(process.execPath, [inProject('tools/assets.mjs'), outDir], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve) => writing.once('exit', () => resolve()));
}

function start() {
  const child = spawn(process.execPath, ['--enable-source-maps', entry, ...command], {
    cwd: root,
    stdio: 'inherit',
    // Out of the terminal's reach: Ctrl-C comes to the server once, from here.
    detached: process.platform !== 'win32',
  });
  server = child;
  child.once('exit', (code, signal) => {
    if (server !== child) return;
    server = undefined;
    if (!stopping) console.error(`dev: the server ended (${signal ?? code}); it starts again on the next change.`);
  });
}

async function stop() {
  const child = server;
  if (child === undefined) return;
  server = undefined;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const lastResort = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(lastResort);
}

const format = {
  getCanonicalFileName: (/** @type {string} */ path) => path,
  getCurrentDirectory: () => root,
  getNewLine: () => ts.sys.newLine,
};

const formatDiagnostics = process.stderr.isTTY ? ts.formatDiagnosticsWithColorAndContext : ts.formatDiagnostics;

const host = ts.createWatchCompilerHost(
  inProject('tsconfig.build.json'),
  { outDir },
  ts.sys,
  ts.createEmitAndSemanticDiagnosticsBuilderProgram,
  (diagnostic) => console.error(formatDiagnostics([diagnostic], format)),
  onCompilerStatus,
);

/** @param {import('typescript').Diagnostic} status */
function onCompilerStatus(status) {
  const message = ts.flattenDiagnosticMessageText(status.messageText, ts.sys.newLine);
  console.error(`dev: ${message}`);
  if (foundNoErrors.test(message)) restart();
  else if (/found \d+ error/i.test(message) && server === undefined && existsSync(entry)) restart();
}

const compiler = ts.createWatchProgram(host);

// What pages load is not compiled. A save tells of itself more than once.
/** @type {NodeJS.Timeout | undefined} */
let saved;
const pages = watch(inProject('src'), { recursive: true }, (_event, path) => {
  if (!path?.includes(`${sep}browser${sep}`)) return;
  clearTimeout(saved);
  saved = setTimeout(restart, settleMs);
});

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  // npm passes on a Ctrl-C that the terminal has sent here already: the second one changes nothing.
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    compiler.close();
    pages.close();
    turn = turn.then(stop).then(() => process.exit(0));
  });
}

process.on('exit', () => server?.kill('SIGTERM'));
