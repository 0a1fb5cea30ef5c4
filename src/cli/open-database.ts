import type { Config } from '../config.js';
import type { Logger } from '../log.js';
import { startEmbeddedPostgres } from '../installation/embedded-postgres/start.js';
import { migrateUp } from '../storage/migrations.js';
import { requireUsable } from '../storage/requirements.js';
import { secretOf } from './secret.js';
import type { Shutdown } from './shutdown.js';

/**
 * The database that the settings name, as it is, or the embedded one, migrated: what is ours alone needs no asking.
 *
 * @returns its URL.
 * @throws StartupError in one sentence, without the URL's password.
 */
export async function openDatabase(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
  if (config.databaseUrl !== null) {
    await requireUsable({ url: config.databaseUrl, setting: 'DATABASE_URL' }, config);
    return config.databaseUrl;
  }
  const url = await openEmbedded(config, log, shutdown);
  await migrateUp({ url, setting: 'DATABASE_URL' });
  return url;
}

/** Starts the embedded database, until the command ends. @returns its URL. @throws StartupError */
export async function openEmbedded(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
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
