import { createApp } from '../app.js';
import { readConfig, type Config } from '../config.js';
import { StartupError } from '../errors.js';
import { createLogger, type Logger } from '../log.js';
import { startEmbeddedPostgres } from '../storage/embedded-postgres/start.js';
import { migrateUp } from '../storage/orm.js';
import { readOrCreateSecret } from '../storage/secret-file.js';
import { findPort } from './find-port.js';
import { createShutdown, type Shutdown } from './shutdown.js';

/** Starts the gateway and keeps it up until a signal drains it. @throws StartupError */
export async function serve(): Promise<void> {
  const config = readConfig();
  const log = createLogger({ level: config.logLevel, pretty: process.stdout.isTTY });
  for (const warning of config.warnings) log.warn(warning);

  const shutdown = createShutdown(log);
  try {
    await start(config, log, shutdown);
  } catch (error) {
    if (shutdown.started()) return; // a signal came first, and took away what this was using
    await shutdown.release();
    throw error;
  }
}

async function start(config: Config, log: Logger, shutdown: Shutdown): Promise<void> {
  // 1. Somewhere to listen, before anything is started that would have to be stopped again.
  const port = await findPort(config.host, config.port);
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;

  // 2. A database and the secret that goes with it.
  const databaseUrl = config.databaseUrl ?? (await startDatabase(config, log, shutdown));
  const secret = config.secret ?? (await readOrCreateSecret(config.dataDir, (sentence) => log.warn(sentence)));
  await migrate(databaseUrl);

  // 3. The gateway itself.
  const app = await createApp({ ...config, port }, { databaseUrl, secret, publicUrl }, log);
  shutdown.onRelease(() => app.close());
  await app.listen();
  announce(config, publicUrl);
}

async function startDatabase(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
  const database = await startEmbeddedPostgres({ dataDir: config.dataDir, onProgress: (line) => log.info(line) });
  shutdown.onRelease(async () => {
    const outcome = await database.stop();
    log.info(
      outcome === 'stopped' ? 'the embedded database has stopped' : 'another gateway uses the embedded database',
    );
  });
  return database.url;
}

/** @throws StartupError in one sentence, without the URL's password. */
async function migrate(databaseUrl: string): Promise<void> {
  try {
    await migrateUp(databaseUrl);
  } catch (error) {
    const { host, pathname } = new URL(databaseUrl);
    const why = error instanceof Error ? error.message || error.name : String(error);
    throw new StartupError(`The database ${pathname.slice(1)} at ${host} cannot be used: ${why}.`, { cause: error });
  }
}

/** Where to go next. Scripts wait for the first line, so it is printed as it is, whatever the log looks like. */
function announce(config: Config, publicUrl: string): void {
  const lines = [
    `fluxgate ready ${publicUrl}`,
    `  GraphQL  ${publicUrl}/graphql`,
    ...(config.sandbox
      ? [`  Sandbox  ${publicUrl}/graphql in a browser (Apollo Sandbox; it loads from the Internet)`]
      : []),
    `  JWKS     ${publicUrl}/.well-known/jwks.json`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
