import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a scenario may need beyond what npm brings. */
export type Need =
  'PostgreSQL with pg_basebackup' | 'Redis' | 'PgBouncer' | 'nginx' | 'a file system of its own (root)';

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** Debian's newest, whose folder has pg_basebackup; null where there is none. */
export function debianPostgresFolder(): string | null {
  if (!existsSync(DEBIAN_POSTGRES)) return null;
  const majors = readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a));
  const folders = majors.map((major) => join(DEBIAN_POSTGRES, major, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'pg_basebackup'))) ?? null;
}

export const REDIS = '/usr/bin/redis-server';
export const PGBOUNCER = '/usr/sbin/pgbouncer';
export const NGINX = '/usr/sbin/nginx';

const HAS: Readonly<Record<Need, () => boolean>> = {
  'PostgreSQL with pg_basebackup': () => debianPostgresFolder() !== null,
  Redis: () => existsSync(REDIS),
  PgBouncer: () => existsSync(PGBOUNCER),
  nginx: () => existsSync(NGINX),
  'a file system of its own (root)': () => process.platform === 'linux' && process.getuid?.() === 0,
};

/** The first of them that this machine does not have; null where it has all. */
export function missingOf(needs: readonly Need[]): Need | null {
  return needs.find((need) => !HAS[need]()) ?? null;
}
