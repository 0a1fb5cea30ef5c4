import type { Client } from 'pg';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'connections';
/** Two gateways: one takes over while the other is replaced. */
const GATEWAYS_WANTED = 2;

export interface Room {
  /** What the server gives to ordinary roles. */
  readonly limit: number;
  /** How many others hold at this moment. */
  readonly heldByOthers: number;
}

/** The pool times the number of gateways has to fit into max_connections, or under load some cannot connect. */
export async function checkConnections(client: Client, poolConnections: number): Promise<Finding> {
  return judgeRoom(await readRoom(client), poolConnections);
}

async function readRoom(client: Client): Promise<Room> {
  const { rows } = await client.query<Room>(
    `SELECT least(
              (SELECT sum(CASE name WHEN 'max_connections' THEN setting::integer ELSE -setting::integer END)
               FROM pg_settings
               WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')),
              (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
              (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
            )::integer AS "limit",
            (SELECT count(*) FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND application_name NOT LIKE 'fluxgate%')::integer AS "heldByOthers"`,
  );
  return rows[0] ?? { limit: 0, heldByOthers: 0 };
}

function judgeRoom({ limit, heldByOthers }: Room, poolConnections: number): Finding {
  const gateways = Math.max(0, Math.floor((limit - heldByOthers) / poolConnections));
  const saw = `room for ${gateways} gateways with ${poolConnections} each: of ${limit}, others hold ${heldByOthers}`;
  const advice = 'lower FLUXGATE_DATABASE_POOL, or raise max_connections or the CONNECTION LIMIT of role and database';
  if (gateways === 0) return failed(CHECK, saw, advice);
  return gateways < GATEWAYS_WANTED ? warning(CHECK, saw, advice) : ok(CHECK, saw);
}
