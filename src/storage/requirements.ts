import type { ClientBase } from 'pg';
import {
  connectionOptions,
  onConnection,
  unusable,
  type ConnectionLimits,
  type DatabaseAddress,
} from './connection.js';
import { TABLES } from './entities.js';
import { MIGRATIONS_TABLE, readMigrations, schemaProblem } from './migrations.js';

const OLDEST_MAJOR = 14;
/**
 * Makes sure that a database can be served from, and changes nothing in it.
 *
 * @throws StartupError in one sentence: what is wrong, and what to do.
 */
export async function requireUsable(address: DatabaseAddress, limits: ConnectionLimits): Promise<void> {
  await onConnection(address, connectionOptions(address.url, limits), async (client) => {
    const problem =
      serverProblem(await describeServer(client)) ??
      privilegesProblem(await missingPrivileges(client)) ??
      schemaProblem(await readMigrations(client));
    if (problem !== null) throw unusable(address, problem);
  });
}

export interface ServerDescription {
  /** As in 18.1. */
  readonly version: string;
  readonly major: number;
  /** A standby, or told to be. */
  readonly readOnly: boolean;
}

export async function describeServer(client: ClientBase): Promise<ServerDescription> {
  const { rows } = await client.query<{ version: string; number: number; readOnly: boolean }>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
            current_setting('server_version_num')::integer AS number,
            current_setting('transaction_read_only')::boolean AS "readOnly"`,
  );
  const { version = '', number = 0, readOnly = false } = rows[0] ?? {};
  return { version, major: Math.floor(number / 10_000), readOnly };
}

/** Why a server cannot be used, or null. */
export function serverProblem({ version, major, readOnly }: ServerDescription): string | null {
  if (major < OLDEST_MAJOR) return `it is PostgreSQL ${version}: upgrade it to ${OLDEST_MAJOR} or later`;
  return readOnly ? 'it can only be read, as a standby is: name the primary server' : null;
}

/** What the role lacks to serve: `INSERT on sessions`. Tables that are not there are no matter of privileges. */
export async function missingPrivileges(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ missing: string }>(
    `SELECT 'USAGE on schema public' AS missing WHERE NOT has_schema_privilege('public', 'USAGE')
     UNION ALL
     SELECT privilege || ' on ' || relname
     FROM pg_class CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
     WHERE relnamespace = 'public'::regnamespace
       AND (relname = ANY ($1) OR (relname = $2 AND privilege = 'SELECT'))
       AND NOT has_table_privilege(pg_class.oid, privilege)`,
    [TABLES, MIGRATIONS_TABLE],
  );
  return rows.map(({ missing }) => missing);
}

function privilegesProblem(missing: readonly string[]): string | null {
  return missing.length === 0
    ? null
    : `its role lacks ${missing.join(', ')}: grant with deploy/postgres/roles.sql, as an administrator`;
}
