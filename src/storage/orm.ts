import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type EntityManager, type Options } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { Initial } from '../../migrations/20261124000000-initial.js';
import { ImportedRefreshTokens } from '../../migrations/20261124000001-imported-refresh-tokens.js';
import { ImportedTokensRevoked } from '../../migrations/20261124000002-imported-tokens-revoked.js';
import { Device } from './entities/device.js';
import { ImportedRefreshToken } from './entities/imported-refresh-token.js';
import { SecurityEvent } from './entities/security-event.js';
import { Session } from './entities/session.js';
import { SigningKey } from './entities/signing-key.js';
import { User } from './entities/user.js';

/** Any constant of our own: two gateways that start at once migrate one after the other. */
const MIGRATION_LOCK_ID = 4_207_114_917;

const POOL_MAX_CONNECTIONS = 8; // more were slower on two cores: the database has the same ones
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;

/** Opens the pool lazily: the first query connects. */
export async function openOrm(databaseUrl: string): Promise<MikroORM> {
  return MikroORM.init({
    ...baseOptions(databaseUrl),
    pool: { min: 0, max: POOL_MAX_CONNECTIONS },
    driverOptions: {
      connectionString: databaseUrl, // MikroORM reads no parameters from a URL: TLS and the application's name are there
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    },
  });
}

/** Brings the schema up to date, one process at a time, and closes its connections again. */
export async function migrateUp(databaseUrl: string): Promise<void> {
  const lock = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK_ID]);
    const orm = await MikroORM.init({
      ...baseOptions(databaseUrl),
      pool: { min: 0, max: 1 },
      driverOptions: { connectionString: databaseUrl },
    });
    try {
      await orm.migrator.up();
    } finally {
      await orm.close(true);
    }
  } finally {
    await lock.end(); // gives the lock back
  }
}

/**
 * Runs one statement with PostgreSQL's own `$1` placeholders, inside the transaction of `em` where there is one.
 * For what an entity cannot say; MikroORM's `?` placeholders would flatten arrays.
 */
export async function sql<Row>(em: EntityManager, text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const result = await em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, [...parameters]));
  return result.rows;
}

function baseOptions(databaseUrl: string): Options {
  return {
    clientUrl: databaseUrl,
    entities: [User, Device, Session, SecurityEvent, SigningKey, ImportedRefreshToken],
    extensions: [Migrator],
    migrations: {
      migrationsList: [Initial, ImportedRefreshTokens, ImportedTokensRevoked],
      tableName: 'mikro_orm_migrations',
      snapshot: false,
      silent: true,
    },
    forceUtcTimezone: true,
    debug: false,
  };
}
