import { readdirSync } from 'node:fs';
import { Migrator, type Migration } from '@mikro-orm/migrations';
import { MikroORM, type Constructor, type IMigrator } from '@mikro-orm/postgresql';
import type { ClientBase } from 'pg';
import {
  DEFAULT_LIMITS,
  migrationOptions,
  onConnection,
  unusable,
  type ConnectionLimits,
  type DatabaseAddress,
} from './connection.js';
import { hostUrls } from './database-hosts.js';
import { DatabaseClient } from './primary.js';

/** One a file, by its name, in their order. The database remembers the names, so they never change. */
const FOLDER = new URL('../../migrations/', import.meta.url);
const FILE = /^(\d{14}-[a-z0-9-]+)\.(?:ts|js)$/;
const FILES = readdirSync(FOLDER)
  .toSorted()
  .flatMap((file) => {
    const name = FILE.exec(file)?.[1];
    return name === undefined ? [] : [{ name, file }];
  });

async function loadMigrations(): Promise<{ name: string; class: Constructor<Migration> }[]> {
  return Promise.all(
    FILES.map(async ({ name, file }) => {
      const exported = (await import(new URL(file, FOLDER).href)) as Record<string, Constructor<Migration>>;
      const [only] = Object.values(exported);
      if (!only) throw new Error(`migrations/${file} exports no migration`);
      return { name, class: only };
    }),
  );
}

export const MIGRATIONS_TABLE = 'mikro_orm_migrations';

/** Any constant of our own: two processes that migrate at once do it one after the other. */
const MIGRATION_LOCK_ID = 4_207_114_917;

export interface MigrationStatus {
  readonly name: string;
  /** unknown: applied by a newer Fluxgate. */
  readonly state: 'applied' | 'pending' | 'unknown';
  readonly appliedAt: Date | null;
}

export interface MigrateOptions {
  readonly limits?: ConnectionLimits;
  /** Another process migrates: hears of it before it waits. */
  readonly onWait?: () => void;
}

/** Every migration, those that the database knows first. Reads only. */
export async function readMigrations(client: ClientBase): Promise<MigrationStatus[]> {
  const known = new Set(FILES.map(({ name }) => name));
  const applied = await readApplied(client);
  const names = new Set(applied.map(({ name }) => name));
  return [
    ...applied.map(({ name, executed_at }) => ({
      name,
      state: known.has(name) ? ('applied' as const) : ('unknown' as const),
      appliedAt: executed_at,
    })),
    ...FILES.filter(({ name }) => !names.has(name)).map(({ name }) => ({
      name,
      state: 'pending' as const,
      appliedAt: null,
    })),
  ];
}

async function readApplied(client: ClientBase): Promise<{ name: string; executed_at: Date }[]> {
  // A table that we may not see is not there for to_regclass either, and fails when it is read; pg_class has them all.
  const { rowCount } = await client.query(
    `SELECT FROM pg_class WHERE relname = $1 AND relnamespace = 'public'::regnamespace`,
    [MIGRATIONS_TABLE],
  );
  if (rowCount === 0) return [];
  return (
    await client.query<{ name: string; executed_at: Date }>(
      `SELECT name, executed_at FROM public.${MIGRATIONS_TABLE} ORDER BY id`,
    )
  ).rows;
}

/**
 * Applies what is missing, all of it or nothing, one process at a time.
 *
 * @returns the names of what it applied.
 * @throws StartupError when a newer Fluxgate has migrated the database, and as `onConnection` does.
 */
export async function migrateUp(address: DatabaseAddress, options: MigrateOptions = {}): Promise<string[]> {
  return underLock(address, options, async (client, migrator) => {
    await requireKnown(client, address);
    const applied = await migrator.up();
    await keepRecordFromOthers(client);
    return applied.map(({ name }) => name);
  });
}

/**
 * Takes the last migration back, and with it what was written since where it cannot be kept.
 *
 * @returns its name, or null where there was none.
 * @throws StartupError as `migrateUp` does.
 */
export async function migrateDown(address: DatabaseAddress, options: MigrateOptions = {}): Promise<string | null> {
  return underLock(address, options, async (client, migrator) => {
    await requireKnown(client, address);
    const [reverted] = await migrator.down();
    return reverted?.name ?? null;
  });
}

/** Why a schema is not the one that this version works with, as the end of a sentence without its full stop; or null. */
export function schemaProblem(migrations: readonly MigrationStatus[]): string | null {
  const count = (state: MigrationStatus['state']) => migrations.filter((migration) => migration.state === state).length;
  const [applied, pending, unknown] = [count('applied'), count('pending'), count('unknown')];
  if (unknown > 0) {
    const made = unknown === 1 ? '1 migration' : `${unknown} migrations`;
    return `a newer Fluxgate has made ${made} there that this one does not know: use that version`;
  }
  if (pending === 0) return null;
  if (applied === 0) return 'it is empty: run `fluxgate migrate up`';
  const missing = pending === 1 ? '1 migration is missing' : `${pending} migrations are missing`;
  return `${missing}: run \`fluxgate migrate up\``;
}

async function requireKnown(client: ClientBase, address: DatabaseAddress): Promise<void> {
  const migrations = await readMigrations(client);
  const problem = migrations.some(({ state }) => state === 'unknown') ? schemaProblem(migrations) : null;
  if (problem !== null) throw unusable(address, problem);
}

/** The lock belongs to its session, so it goes with the connection, however that ends. */
async function underLock<T>(
  address: DatabaseAddress,
  { limits = DEFAULT_LIMITS, onWait = () => undefined }: MigrateOptions,
  work: (client: ClientBase, migrator: IMigrator) => Promise<T>,
): Promise<T> {
  return onConnection(address, migrationOptions(address.url, limits, 0), async (client) => {
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [
      MIGRATION_LOCK_ID,
    ]);
    if (!rows[0]?.free) {
      onWait();
      await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK_ID]);
    }
    const orm = await MikroORM.init({
      clientUrl: hostUrls(address.url)[0]!,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      extensions: [Migrator],
      migrations: {
        migrationsList: await loadMigrations(),
        tableName: MIGRATIONS_TABLE,
        snapshot: false,
        silent: true,
      },
      pool: { min: 0, max: 1 },
      driverOptions: { ...migrationOptions(address.url, limits), Client: DatabaseClient },
      debug: false,
    });
    try {
      return await work(client, orm.migrator);
    } finally {
      await orm.close(true);
    }
  });
}

/** Default privileges of a server's role cover every table of the owner; the record of migrations is for reading. */
async function keepRecordFromOthers(client: ClientBase): Promise<void> {
  await client.query(`DO $$
    DECLARE
      other regrole;
    BEGIN
      FOR other IN
        SELECT DISTINCT granted.grantee
        FROM pg_class, aclexplode(relacl) AS granted
        WHERE oid = 'public.${MIGRATIONS_TABLE}'::regclass
          AND granted.grantee NOT IN (0, relowner) AND granted.privilege_type <> 'SELECT'
      LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.${MIGRATIONS_TABLE} FROM %s', other);
      END LOOP;
    END $$`);
}
