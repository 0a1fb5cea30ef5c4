import { readFileSync } from 'node:fs';
import { query } from './postgres.js';
import { interpolate } from './psql-variables.js';

const SCRIPT = readFileSync(new URL('../../deploy/postgres/roles.sql', import.meta.url), 'utf8');

/** The URLs of one database, for each of its two roles. */
export interface Roles {
  readonly ownerUrl: string;
  readonly serverUrl: string;
  readonly owner: string;
  readonly server: string;
}

/** Runs deploy/postgres/roles.sql as an administrator, with role names of its own: roles belong to the whole server. */
export async function createRoles(adminUrl: string): Promise<Roles> {
  const database = new URL(adminUrl).pathname.slice(1);
  const [owner, server] = [`${database}_owner`, `${database}_server`];
  const script = SCRIPT.replaceAll('fluxgate_owner', owner).replaceAll('fluxgate_server', server);
  await query(adminUrl, interpolate(script, { owner_password: owner, server_password: server, DBNAME: database }));
  return { ownerUrl: urlOf(adminUrl, owner), serverUrl: urlOf(adminUrl, server), owner, server };
}

/** For when the database is gone: a role that something still depends on cannot be dropped. */
export async function dropRoles(adminUrl: string, { owner, server }: Roles): Promise<void> {
  await query(adminUrl, `drop role ${owner}; drop role ${server}`);
}

function urlOf(adminUrl: string, role: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = role;
  return url.href;
}
