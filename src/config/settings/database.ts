import { databaseUrl } from '../database-url.js';
import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

/** Longer, and a revocation could be written too late for the list of revoked sessions to see (30 s back). */
const LONGEST_STATEMENT_SECONDS = 25;

export interface DatabaseValues {
  /** null: the embedded database. */
  readonly databaseUrl: string | null;
  /** The server itself, where DATABASE_URL leads to a pooler in transaction mode. */
  readonly databaseDirectUrl: string | null;
  /** As the role that owns the tables; null: migrations use one of the other two. */
  readonly migrationDatabaseUrl: string | null;
  readonly databasePoolConnections: number;
  readonly databaseQueueLimit: number;
  readonly databaseConnectTimeoutSeconds: number;
  readonly databaseStatementTimeoutSeconds: number;
  readonly databaseLockTimeoutSeconds: number;
  /** null: wherever no pooler is known of. */
  readonly databasePrepare: boolean | null;
}

export const databaseSettings: SettingsOf<DatabaseValues> = {
  databaseUrl: {
    name: 'DATABASE_URL',
    parse: databaseUrl,
    unset: () => null,
    default: 'the embedded database',
    meaning:
      'PostgreSQL 14 or later: `postgres://USER:PASSWORD@HOST:PORT,…/DATABASE`, `?sslmode=verify-full` for TLS. ' +
      'Required in production.',
    isSecret: true,
  },
  databaseDirectUrl: {
    name: 'DATABASE_DIRECT_URL',
    parse: databaseUrl,
    unset: () => null,
    default: 'none',
    meaning: 'The PostgreSQL server itself, where `DATABASE_URL` leads to PgBouncer in transaction mode.',
    isSecret: true,
  },
  migrationDatabaseUrl: {
    name: 'FLUXGATE_MIGRATION_DATABASE_URL',
    parse: databaseUrl,
    unset: () => null,
    default: '`DATABASE_DIRECT_URL`, else `DATABASE_URL`',
    meaning: 'The same database as the role that owns its tables, for `fluxgate migrate`.',
    isSecret: true,
  },
  databasePoolConnections: {
    name: 'FLUXGATE_DATABASE_POOL',
    parse: parse.wholeNumber(1, 1000),
    unset: () => 8,
    meaning: 'Connections of one gateway, at most; with workers, of each of them.',
  },
  databaseQueueLimit: {
    name: 'FLUXGATE_DATABASE_QUEUE',
    parse: parse.wholeNumber(1, 100_000),
    unset: () => 500,
    meaning: 'Requests that may wait for a connection; the next is answered with 503 at once.',
  },
  databaseConnectTimeoutSeconds: {
    name: 'FLUXGATE_DATABASE_CONNECT_TIMEOUT',
    parse: parse.wholeSeconds(1, 60),
    unset: () => 5,
    meaning: 'Seconds to wait for a connection.',
  },
  databaseStatementTimeoutSeconds: {
    name: 'FLUXGATE_DATABASE_STATEMENT_TIMEOUT',
    parse: parse.wholeSeconds(1, LONGEST_STATEMENT_SECONDS),
    unset: () => 10,
    meaning: 'Seconds a statement, or a pause within a transaction, may take.',
  },
  databaseLockTimeoutSeconds: {
    name: 'FLUXGATE_DATABASE_LOCK_TIMEOUT',
    parse: parse.wholeSeconds(1, LONGEST_STATEMENT_SECONDS),
    unset: () => 5,
    meaning: 'Seconds a statement, or a migration, may wait for a lock.',
  },
  databasePrepare: {
    name: 'FLUXGATE_DATABASE_PREPARE',
    parse: parse.oneOf({ on: true, off: false }),
    spell: (value) => (value ? 'on' : 'off'),
    unset: () => null,
    default: '`on`; with `DATABASE_DIRECT_URL` `off`',
    meaning:
      '`on` or `off`: whether connections keep the plans of hot statements. `on` behind PgBouncer needs its ' +
      '`max_prepared_statements`.',
  },
};
