import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { query } from './postgres.js';

const read = (name: string) => readFileSync(pathOf(name), 'utf8').trim();

/** The authority of both certificates, made for these tests and valid until 2126; its own key is gone. */
export const AUTHORITY_FILE = pathOf('authority.pem');

/** Makes a PostgreSQL server speak TLS, as `localhost` or as another host. New connections see it. */
export async function offerTls(adminUrl: string, host: 'localhost' | 'elsewhere'): Promise<void> {
  await writeInDataFolder(adminUrl, 'server.key', read('key.pem'));
  await writeInDataFolder(adminUrl, 'server.crt', read(`${host}.pem`));
  await query(adminUrl, 'ALTER SYSTEM SET ssl = on');
  await query(adminUrl, 'SELECT pg_reload_conf()');
}

/** Replaces who may connect, from where and how: the lines of pg_hba.conf. */
export async function letIn(adminUrl: string, ...lines: readonly string[]): Promise<void> {
  await writeInDataFolder(adminUrl, 'pg_hba.conf', lines.join('\n'));
  await query(adminUrl, 'SELECT pg_reload_conf()');
}

/** By the server itself, so that the file belongs to its account and to no other. */
async function writeInDataFolder(adminUrl: string, file: string, text: string): Promise<void> {
  await query(
    adminUrl,
    `COPY (SELECT regexp_split_to_table($text$${text}$text$, E'\\n')) TO PROGRAM 'umask 077; cat > ${file}'`,
  );
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`./tls/${name}`, import.meta.url));
}
