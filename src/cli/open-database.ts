import type { Config } from '../config.js';
import { StartupError } from '../errors.js';
import type { Logger } from '../log.js';
import { startEmbeddedPostgres } from '../storage/embedded-postgres/start.js';
import { migrateUp } from '../storage/orm.js';
import { secretOf } from './secret.js';
import type { Shutdown } from './shutdown.js';

/**
 * The database that the settings name, or the embedded one, migrated.
 *
 * @returns its URL.
 * @throws StartupError in one sentence, without the URL's password.
 */
export async function openDatabase(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
  const databaseUrl = config.databaseUrl ?? (await startEmbedded(config, log, shutdown));
  try {
    await migrateUp(databaseUrl);
  } catch (error) {
    const { host, pathname } = new URL(databaseUrl);
    throw new StartupError(`The database ${pathname.slice(1)} at ${host} cannot be used: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
  return databaseUrl;
}

/** A host name with several addresses fails with an error for each, and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message || error.name : String(error);
}

async function startEmbedded(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
  await secretOf(config, log); // before the database, whatever the command: one without a secret has lost it
  const { dataDir } = config;
  const starting = startEmbeddedPostgres({ dataDir, onProgress: (line) => log.info(line) });
  // Registered before it has started: a signal that comes meanwhile waits for it, and leaves no server behind.
  shutdown.onRelease(async () => {
    const database = await starting.catch(() => null);
    if (database === null) return;
    const outcome = await database.stop();
    log.info(
      outcome === 'stopped' ? 'the embedded database has stopped' : 'another gateway uses the embedded database',
    );
  });
  return (await starting).url;
}
