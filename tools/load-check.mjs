import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt } from './build.mjs';
import { loadScripts } from './load-scripts.mjs';
import { inProject, root, runTool, ToolError } from './project.mjs';

/**
 * Executes every load script against a running gateway with a stand-in for k6 (test/support/k6), so that a script that
 * no longer fits the gateway fails in CI and not in front of whoever wants a number. It makes no load and times nothing.
 *
 * `npm run load:check -- signup mixed` checks some. BASE_URL names a gateway that runs already; without it one is
 * started, on a database of its own, with limits out of the way.
 */
const accounts = 4; // enough for the VUs of every script; each costs a password hash
const executedProfiles = ['smoke', 'load'];
/** They differ from `load` in their stages: what k6 would say to those is said without executing anything. */
const readProfiles = ['stress', 'spike', 'soak', 'breakpoint'];

await runTool(async () => {
  const scripts = scriptNames(process.argv.slice(2));
  const gateway = await openGateway();
  /** @type {string[]} */
  const failed = [];
  try {
    for (const script of scripts) {
      const passed = await checkScript(script, gateway.url);
      if (!passed) failed.push(script);
    }
  } finally {
    await gateway.close();
  }
  if (failed.length > 0) throw new ToolError(`These load scripts do not work: ${failed.join(', ')}.`);
});

/** @param {string[]} named all of them where none is */
function scriptNames(named) {
  const all = loadScripts();
  const unknown = named.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new ToolError(`${unknown} is not a load script: ${all.join(', ')} are.`);
  return named.length > 0 ? named : all;
}

/**
 * @param {string} script
 * @param {string} url
 */
async function checkScript(script, url) {
  let passed = true;
  for (const profile of [...executedProfiles, ...readProfiles]) {
    console.log(`── ${script}, profile ${profile}${readProfiles.includes(profile) ? ', options only' : ''}`);
    passed = (await standIn(script, profile, url)) && passed;
  }
  return passed;
}

/**
 * @param {string} script
 * @param {string} profile
 * @param {string} url
 * @returns {Promise<boolean>} whether nothing was wrong
 */
function standIn(script, profile, url) {
  const args = [
    '--disable-warning=ExperimentalWarning',
    inProject('test/support/k6/stand-in.ts'),
    ...(readProfiles.includes(profile) ? ['--options-only'] : []),
    ...['-e', `PROFILE=${profile}`, '-e', `BASE_URL=${url}`, '-e', `ACCOUNTS=${accounts}`],
    inProject(`load-tests/${script}.ts`),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** @returns {Promise<{ url: string, close(): Promise<void> }>} */
async function openGateway() {
  const running = process.env['BASE_URL'];
  if (running) return { url: running, close: () => Promise.resolve() };

  await ensureBuilt();
  const dataDir = await mkdtemp(join(tmpdir(), 'fluxgate-load-check-'));
  await chmod(dataDir, 0o711); // as root, PostgreSQL runs under an account that has to get in
  const child = spawn(process.execPath, [inProject('bin/fluxgate.mjs')], {
    cwd: root,
    env: {
      ...withoutSettings(process.env),
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: '0',
      FLUXGATE_DATA_DIR: dataDir,
      FLUXGATE_LOG_LEVEL: 'warn',
      FLUXGATE_RATE_LIMIT_SCALE: '10000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(dataDir, { recursive: true, force: true });
  };
  for await (const line of createInterface(child.stdout)) {
    const url = /^fluxgate ready (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, close };
    console.log(line);
  }
  await close();
  throw new ToolError('The gateway did not start: see above.');
}

/**
 * A developer's own database and secret have no business here.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function withoutSettings(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('FLUXGATE_')),
  );
}
