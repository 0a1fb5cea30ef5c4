import type { Client } from 'pg';
import type { Config } from '../../config.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'connections';
/** Two gateways: one takes over while the other is replaced. */
const GATEWAYS_WANTED = 2;
/** Beside its pool: the one on which a process hears of revocations, and that of the pulse. */
const OWN_CONNECTIONS = 2;

/** The pools of all workers of all gateways have to fit into max_connections, or under load some cannot connect. */
export async function checkConnections(
  client: Client,
  { databasePoolConnections, workers }: Pick<Config, 'databasePoolConnections' | 'workers'>,
): Promise<Finding> {
  const room = Math.max(0, await readRoom(client));
  const each = workers * (databasePoolConnections + OWN_CONNECTIONS);
  const gateways = Math.floor(room / each);
  const saw = `of the ${room} that are left for gateways, ${each} each: enough for ${gateways}`;
  const advice =
    'lower FLUXGATE_DATABASE_POOL or FLUXGATE_WORKERS, or raise max_connections or the CONNECTION LIMIT of role and database';
  if (gateways === 0) return failed(CHECK, saw, advice);
  return gateways < GATEWAYS_WANTED ? warning(CHECK, saw, advice) : ok(CHECK, saw);
}

/** What the server keeps for superusers, and what other programs hold at this moment, is not for gateways. */
async function readRoom(client: Client): Promise<number> {
  const { rows } = await client.query<{ room: number }>(
    `SELECT least(
              (SELECT sum(CASE name WHEN 'max_connections' THEN setting::integer ELSE -setting::integer END)
               FROM pg_settings
               WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))
              - (SELECT count(*) FROM pg_stat_activity
                 WHERE usesysid IS NOT NULL AND coalesce(application_name, '') NOT LIKE 'fluxgate%'),
              (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
              (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
            )::integer AS room`,
  );
  return rows[0]?.room ?? 0;
}
