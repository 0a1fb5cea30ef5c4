import type { Client } from 'pg';
import {
  migrationOptions,
  onConnection,
  type ConnectionLimits,
  type DatabaseAddress,
} from '../../storage/connection.js';
import { describeServer, serverProblem } from '../../storage/requirements.js';
import { failed, ok, type Finding } from './finding.js';

/** Reached, of a version that is supported, and writable. */
export async function checkServer(client: Client, pooled: boolean): Promise<Finding> {
  const server = await describeServer(client);
  const problem = serverProblem(server);
  const saw = `${client.database} at ${client.host}, PostgreSQL ${server.version}`;
  if (problem === null) return ok('database', pooled ? `${saw}, through a pooler` : saw);
  const [what = '', advice = ''] = problem.split(': ');
  return failed('database', `${saw}: ${what}`, advice);
}

/** What tells two databases apart, however they are reached. */
export async function identityOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ identity: string }>(
    `SELECT current_database() || ' ' || pg_postmaster_start_time() AS identity`,
  );
  return rows[0]?.identity ?? '';
}

/** Whether the other URL leads to the same database, and its role may do there what it is for. */
export async function checkOtherUrl(
  address: DatabaseAddress,
  limits: ConnectionLimits,
  identity: string,
): Promise<Finding> {
  const check = address.setting;
  return onConnection(address, migrationOptions(address.url, limits), async (client) => {
    if ((await identityOf(client)) !== identity)
      return failed(check, 'it is another database than the one of DATABASE_URL', `correct ${check} or DATABASE_URL`);
    const { rows } = await client.query<{ role: string; creates: boolean }>(
      `SELECT current_user AS role, has_schema_privilege('public', 'CREATE') AS creates`,
    );
    const { role = '', creates = false } = rows[0] ?? {};
    if (address.setting === 'FLUXGATE_MIGRATION_DATABASE_URL' && !creates)
      return failed(
        check,
        `the role ${role} may not create tables in schema public`,
        'name the owner that deploy/postgres/roles.sql makes',
      );
    return ok(check, `the same database, as ${role}`);
  });
}
