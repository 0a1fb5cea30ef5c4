import type { Client } from 'pg';
import { TABLES } from '../../storage/entities.js';
import { missingPrivileges } from '../../storage/requirements.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'privileges';

/** What the role lacks, each by name, and what it can do that serving does not need. */
export async function checkPrivileges(client: Client, isOurs: boolean): Promise<Finding> {
  const missing = await missingPrivileges(client);
  const role = client.user ?? '';
  if (missing.length > 0)
    return failed(
      CHECK,
      `the role ${role} lacks ${missing.join(', ')}`,
      'grant with deploy/postgres/roles.sql, as an administrator',
    );
  const excess = isOurs ? [] : await excessPrivileges(client);
  if (excess.length > 0)
    return warning(
      CHECK,
      `the role ${role} ${excess.join(', ')}: whoever takes over a gateway could do the same`,
      'serve as the role that deploy/postgres/roles.sql makes, and keep the owner for migrations',
    );
  return ok(CHECK, isOurs ? 'the embedded database is ours' : `the role ${role} reads and writes rows, and no more`);
}

async function excessPrivileges(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ excess: string }>(
    `SELECT 'is a superuser' AS excess FROM pg_roles WHERE rolname = current_user AND rolsuper
     UNION ALL
     SELECT 'can create roles' FROM pg_roles WHERE rolname = current_user AND rolcreaterole
     UNION ALL
     SELECT 'owns the tables' WHERE EXISTS (
       SELECT FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1) AND pg_get_userbyid(relowner) = current_user)
     UNION ALL
     SELECT 'can create tables' WHERE has_schema_privilege('public', 'CREATE')`,
    [TABLES],
  );
  return rows.map(({ excess }) => excess);
}
