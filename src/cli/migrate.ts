import { Command } from 'commander';
import type { Config } from '../config.js';
import { StartupError } from '../errors.js';
import { migrationOptions, onConnection, type DatabaseAddress } from '../storage/connection.js';
import { migrateDown, migrateUp, readMigrations } from '../storage/migrations.js';
import { examples } from './help.js';
import { openEmbedded } from './open-database.js';
import { say, show, type OutputOptions } from './output.js';
import { runCommand, type Given } from './run-command.js';

export function migrateCommand(): Command {
  const migrate = new Command('migrate');
  migrate
    .command('up')
    .description('apply what is missing, all of it or nothing; safe while gateways serve')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('FLUXGATE_MIGRATION_DATABASE_URL_FILE=owner fluxgate migrate up'))
    .action(up);
  migrate
    .command('down')
    .description('take the last migration back; needs no gateway to be running')
    .option('--yes', 'even though what was written since may be lost')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate migrate down --yes'))
    .action(down);
  migrate
    .command('status')
    .description('every migration: applied, pending, or unknown because a newer Fluxgate made it')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate migrate status'))
    .action(status);
  return migrate;
}

async function up(options: OutputOptions): Promise<void> {
  await onMigrationDatabase(async (address, { config, log }) => {
    const applied = await migrateUp(address, { limits: config, onWait: () => log.info(WAITING) });
    say(
      applied.length === 0 ? 'Nothing to do: the tables are up to date.' : `Applied ${applied.join(', ')}.`,
      { applied },
      options,
    );
  });
}

async function down({ yes = false, ...options }: OutputOptions & { readonly yes?: boolean }): Promise<void> {
  if (!yes)
    throw new StartupError(
      '`fluxgate migrate down` takes back the last migration, and what was written since may be lost: add --yes.',
    );
  await onMigrationDatabase(async (address, { config, log }) => {
    const reverted = await migrateDown(address, { limits: config, onWait: () => log.info(WAITING) });
    say(reverted === null ? 'Nothing to do: the database is empty.' : `Took back ${reverted}.`, { reverted }, options);
  });
}

async function status(options: OutputOptions): Promise<void> {
  await onMigrationDatabase(async (address, { config }) => {
    const migrations = await onConnection(address, migrationOptions(address.url, config), readMigrations);
    show(
      migrations.map((migration) => ({ ...migration })),
      options,
    );
  });
}

const WAITING = 'another process is migrating this database: waiting for it …';

async function onMigrationDatabase(work: (address: DatabaseAddress, given: Given) => Promise<void>): Promise<void> {
  await runCommand(
    async (given) => {
      const { config, log, shutdown } = given;
      const address = migrationAddress(config) ?? {
        url: await openEmbedded(config, log, shutdown),
        setting: 'DATABASE_URL',
      };
      await work(address, given);
      await shutdown.release();
    },
    'stderr',
    'migrate',
  );
}

/**
 * Where the migrations go: the lock that keeps them apart belongs to a session, which a pooler in transaction mode does
 * not have.
 *
 * @returns null for the embedded database.
 * @throws StartupError in production, where that has to be said.
 */
function migrationAddress(
  config: Pick<Config, 'migrationDatabaseUrl' | 'databaseDirectUrl' | 'databaseUrl' | 'environment' | 'allowEmbedded'>,
): DatabaseAddress | null {
  const { migrationDatabaseUrl, databaseDirectUrl, databaseUrl, environment, allowEmbedded } = config;
  if (migrationDatabaseUrl !== null) return { url: migrationDatabaseUrl, setting: 'FLUXGATE_MIGRATION_DATABASE_URL' };
  if (databaseDirectUrl !== null) return { url: databaseDirectUrl, setting: 'DATABASE_DIRECT_URL' };
  if (databaseUrl !== null) return { url: databaseUrl, setting: 'DATABASE_URL' };
  if (environment === 'production' && !allowEmbedded)
    throw new StartupError(
      'No database is named: set FLUXGATE_MIGRATION_DATABASE_URL to it, as the role that owns its tables.',
    );
  return null;
}
