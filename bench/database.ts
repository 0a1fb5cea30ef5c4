import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type * as startModule from '../src/installation/embedded-postgres/start.js';
import type * as migrationsModule from '../src/storage/migrations.js';
import { loadBuilt } from './built.ts';

/** The PostgreSQL server that everything here stands on: the embedded one, with its durable defaults. */
export interface DatabaseServer {
  /** As the server tells it: `PostgreSQL 18.4 …`. */
  readonly version: string;
  /** A folder beside the data, for logs; gone when the server stops. */
  readonly folder: string;
  /** An empty database. @returns its URL. */
  create(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startDatabaseServer(): Promise<DatabaseServer> {
  const { startEmbeddedPostgres } = await loadBuilt<typeof startModule>('src/installation/embedded-postgres/start.js');
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate-bench-'));
  await chmod(folder, 0o711); // for root, PostgreSQL runs as another account, which has to get in
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), onProgress: () => undefined });
  const [row] = await query<{ version: string }>(server.url, 'SELECT version()');

  return {
    version: row?.version.split(' ').slice(0, 2).join(' ') ?? 'PostgreSQL',
    folder,
    async create(name) {
      await query(server.url, `CREATE DATABASE ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One statement on a connection of its own. */
export async function query<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Fluxgate's own tables. */
export async function migrate(databaseUrl: string): Promise<void> {
  const { migrateUp } = await loadBuilt<typeof migrationsModule>('src/storage/migrations.js');
  await migrateUp({ url: databaseUrl, setting: 'DATABASE_URL' });
}
