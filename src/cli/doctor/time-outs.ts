import type { Client } from 'pg';
import { failed, ok, type Finding } from './finding.js';

const CHECK = 'time-outs';
/** The list of revoked sessions reads 30 s back: what is written later than that after its time-stamp is not seen. */
const LONGEST_MS = 25_000;
const NAMES = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];

/** As they are in force on a connection: behind a pooler, they are the role's own. */
export async function checkTimeouts(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ name: string; ms: number }>(
    'SELECT name, setting::integer AS ms FROM pg_settings WHERE name = ANY ($1) ORDER BY name',
    [NAMES],
  );
  const unbounded = rows.filter(({ ms }) => ms === 0 || ms > LONGEST_MS);
  const told = (some: typeof rows) => some.map(({ name, ms }) => `${name} ${ms === 0 ? 'off' : `${ms} ms`}`).join(', ');
  if (unbounded.length === 0) return ok(CHECK, told(rows));
  return failed(
    CHECK,
    `${told(unbounded)}: a revocation that takes longer than 25 s is not noticed by other gateways`,
    `run deploy/postgres/roles.sql, or ALTER ROLE ${client.user} SET ${unbounded[0]?.name} = '10s', and so on`,
  );
}
