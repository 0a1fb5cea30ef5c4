import { databaseUrl, query } from './postgres.js';
import type { Gateway } from './gateway.js';

/** Takes a gateway's database away: nobody gets in, and who is in is thrown out, in the middle of a statement too. */
export async function takeDatabaseAway(gateway: Gateway): Promise<void> {
  const { server, name } = whereIs(gateway);
  await query(server, `alter database ${name} with allow_connections false`);
  await query(server, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
}

export async function giveDatabaseBack(gateway: Gateway): Promise<void> {
  const { server, name } = whereIs(gateway);
  await query(server, `alter database ${name} with allow_connections true`);
}

function whereIs(gateway: Gateway): { server: string; name: string } {
  const name = new URL(gateway.databaseUrl).pathname.slice(1);
  return { server: databaseUrl(gateway.databaseUrl, 'postgres'), name };
}
