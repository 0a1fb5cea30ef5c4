import cluster from 'node:cluster';
import { isIPv6 } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Command } from 'commander';
import { createApp } from '../app.js';
import type { Config } from '../config.js';
import { policiesOf } from '../domain/rate-limit/policies.js';
import type { Logger } from '../log.js';
import { createMemoryRateLimiters } from '../storage/rate-limit/memory.js';
import type { WorkerMetrics } from '../telemetry/worker-metrics.js';
import { cannotListen, findPort } from './find-port.js';
import { examples } from './help.js';
import { openDatabase } from './open-database.js';
import { runCommand, type Given } from './run-command.js';
import { secretOf } from './secret.js';
import type { Site } from './workers/messages.js';
import { createWorkerPool } from './workers/pool.js';
import { serveAsWorker } from './workers/worker.js';

interface ServeOptions {
  /** In the place of FLUXGATE_WORKERS. */
  readonly workers?: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .option('--workers <count>', 'processes that serve: a number, or auto for one a core (default: FLUXGATE_WORKERS)')
    .addHelpText(
      'after',
      examples(
        'fluxgate serve',
        'fluxgate serve --workers auto',
        'PORT=8080 FLUXGATE_PUBLIC_URL=https://auth.example.com fluxgate serve',
      ),
    )
    .action(serve);
}

/** Starts the gateway and keeps it up until a signal drains it. @throws StartupError */
async function serve({ workers }: ServeOptions): Promise<void> {
  if (cluster.isWorker) return serveAsWorker();
  await runCommand(start, 'stdout', 'serve', workers === undefined ? {} : { FLUXGATE_WORKERS: workers });
}

async function start(given: Given): Promise<void> {
  const { config, log, shutdown } = given;
  // 1. Somewhere to listen, before anything is started that would have to be stopped again.
  const port = await findPort(config.host, config.port);
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;

  // 2. The secret, then the database that goes with it: one that is found without a secret has lost it.
  const secret = await secretOf(config, log);
  const databaseUrl = await openDatabase(config, log, shutdown);

  // 3. The gateway itself, in this process or in others.
  const site = { port, databaseUrl, secret, publicUrl };
  await (config.workers === 1 ? serveHere(given, site) : serveByWorkers(given, site));
  await nextTurn(); // what has been logged until now is written first
  announce(config, publicUrl, localUrl(config.host, port));
}

async function serveHere({ config, log, shutdown }: Given, { port, ...resolved }: Site): Promise<void> {
  const app = await createApp({ ...config, port }, resolved, log);
  shutdown.onRelease(() => app.close());
  await app.listen().catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw taken ? cannotListen(config.host, port, error) : error;
  });
}

async function serveByWorkers({ config, log, shutdown }: Given, site: Site): Promise<void> {
  const limiters = createMemoryRateLimiters(policiesOf(config));
  const metrics = await openMetrics(config, log);
  if (metrics) shutdown.onRelease(metrics.close);
  const onDeath = () => metrics?.countDeath();
  const pool = createWorkerPool({ size: config.workers, site, limiters, log, onDeath });
  shutdown.onRelease(() => pool.drain());
  process.on('SIGHUP', () => void pool.restart());
  await pool.start();
}

/** Loaded only where the settings ask for it. */
async function openMetrics({ metricsPort, ...settings }: Config, log: Logger): Promise<WorkerMetrics | null> {
  if (metricsPort === null) return null;
  const { openWorkerMetrics } = await import('../telemetry/worker-metrics.js');
  return openWorkerMetrics({ ...settings, metricsPort }, log);
}

/**
 * Where to go next. Scripts wait for the first line, so it is printed as it is, whatever the log looks like, and names
 * where this process listens, not the proxy in front of it.
 */
function announce(config: Config, publicUrl: string, listeningAt: string): void {
  const lines = [
    `fluxgate ready ${listeningAt}`,
    `  GraphQL  ${publicUrl}/graphql`,
    ...(config.sandbox
      ? [`  Sandbox  ${publicUrl}/graphql in a browser (Apollo Sandbox; it loads from the Internet)`]
      : []),
    ...(config.explorer ? [`  Explorer ${publicUrl}/explorer`] : []),
    ...(config.accountPage ? [`  Account  ${publicUrl}/account`] : []),
    `  JWKS     ${publicUrl}/.well-known/jwks.json`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `localhost` for every address that it reaches. */
function localUrl(host: string, port: number): string {
  const name = /^(127\.[\d.]+|0\.0\.0\.0|::1?)$/.test(host) ? 'localhost' : host;
  return `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}
