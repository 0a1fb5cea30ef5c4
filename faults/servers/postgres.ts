import { execFile } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadBuilt } from '../../bench/built.ts';
import { freePort } from '../../bench/contenders/server-process.ts';
import { migrate, query } from '../../bench/database.ts';
import { onRelease } from '../../bench/release.ts';
import type * as accountModule from '../../src/installation/embedded-postgres/account.js';
import type * as copyModule from '../../src/installation/embedded-postgres/binaries-copy.js';
import type * as binariesModule from '../../src/installation/embedded-postgres/binaries.js';
import { descendantsOf, makeFolder, signalProcess, startChild, until, type Account, type Child } from './child.ts';
import { debianPostgresFolder } from './programs.ts';

const run = promisify(execFile);
const PASSWORD = 'faults';
const ROLE = 'fluxgate';
export const STANDBY_NAME = 'standby';

/** Those of the gateways, which go by their role: behind a pooler in transaction mode they cannot set them themselves. */
export const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;

/** So long it may take to see that it cannot go on. */
const STARTING_MS = 1_000;

/** A PostgreSQL server on a port of its own, with durable commits. */
export interface Postgres {
  readonly port: number;
  /** Holds its data. */
  readonly folder: string;
  /** As the role of the gateways, which owns the tables. */
  readonly url: string;
  /** `PostgreSQL 15.3` */
  version(): Promise<string>;
  /** One statement of an administrator. */
  ask<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
  start(): Promise<void>;
  /** Where it has ended by itself. @returns whether it had */
  startAgain(): Promise<boolean>;
  /** SIGINT ends it in order; SIGKILL takes all its processes at once. */
  stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** A standby becomes a primary. */
  promote(): Promise<void>;
}

interface Place {
  readonly programs: string;
  readonly account: Account | null;
  readonly folder: string;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '120',
  wal_level: 'replica',
  hot_standby: 'on',
  max_wal_senders: '4',
  wal_keep_size: '512MB',
  wal_receiver_timeout: '5s',
  wal_retrieve_retry_interval: '500ms',
  jit: 'off',
};

/** An empty primary with the role of the gateways and their tables. @param folder to hold its data; one of its own unless given */
export async function startPrimary(folder?: (account: Account | null) => Promise<string>): Promise<Postgres> {
  const { programs, account } = await findPrograms();
  const place = { programs, account, folder: await (folder ?? ((owner) => makeFolder('primary', owner)))(account) };
  const passwordFile = join(place.folder, 'password');
  await writeFile(passwordFile, PASSWORD);
  const args = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  await runAs(place, 'initdb', [`--pgdata=${place.folder}/data`, '--locale=C', ...args]);
  const primary = await openServer(place);
  await primary.start();
  for (const sql of [
    `CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'`,
    `ALTER ROLE ${ROLE} SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `ALTER ROLE ${ROLE} SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
    `ALTER ROLE ${ROLE} SET idle_in_transaction_session_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `CREATE DATABASE ${ROLE} OWNER ${ROLE}`,
  ])
    await primary.ask(sql);
  await migrate(primary.url);
  return primary;
}

/** A copy that follows what is at `primaryPort`. */
export async function startStandby(primaryPort: number): Promise<Postgres> {
  const { programs, account } = await findPrograms();
  const place = { programs, account, folder: await makeFolder('standby', account) };
  const from = `host=127.0.0.1 port=${primaryPort} user=postgres password=${PASSWORD} application_name=${STANDBY_NAME}`;
  const to = ['--pgdata', `${place.folder}/data`, '--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast'];
  await runAs(place, 'pg_basebackup', [...to, '--dbname', from]);
  const standby = await openServer(place);
  await standby.start();
  return standby;
}

async function openServer(place: Place): Promise<Postgres> {
  const port = await freePort();
  const urlOf = (user: string, database: string) => `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const adminUrl = urlOf('postgres', 'postgres');
  const flags = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  let server: Child | null = null;
  const all = (signal: NodeJS.Signals) => {
    if (server) for (const pid of [server.pid, ...descendantsOf(server.pid)]) signalProcess(pid, signal);
  };
  const postgres: Postgres = {
    port,
    folder: place.folder,
    url: urlOf(ROLE, ROLE),
    version: async () =>
      `PostgreSQL ${(await query<{ server_version: string }>(adminUrl, 'SHOW server_version'))[0]?.server_version.split(' ')[0]}`,
    ask: (sql, values) => query(adminUrl, sql, values),
    async start() {
      const logFile = join(place.folder, 'log');
      server = await startChild(join(place.programs, 'postgres'), ['-D', `${place.folder}/data`, ...flags], {
        ...place,
        logFile,
      });
      await until(() => query(adminUrl, 'SELECT 1'));
    },
    async startAgain() {
      const hasEnded = await Promise.race([server?.ended.then(() => true), sleep(STARTING_MS).then(() => false)]);
      if (hasEnded) await postgres.start();
      else await until(() => query(adminUrl, 'SELECT 1'));
      return hasEnded ?? true;
    },
    async stop(signal) {
      const ending = server;
      if (!ending) return;
      all('SIGCONT');
      if (signal === 'SIGKILL') all(signal);
      await ending.end(signal);
      server = null;
    },
    freeze: () => all('SIGSTOP'),
    thaw: () => all('SIGCONT'),
    async promote() {
      await query(adminUrl, 'SELECT pg_promote(wait => true)');
    },
  };
  onRelease(() => postgres.stop('SIGKILL'));
  return postgres;
}

/** Debian's where they are installed; the embedded ones otherwise, which cannot make a standby. */
async function findPrograms(): Promise<Omit<Place, 'folder'>> {
  const at = 'src/installation/embedded-postgres';
  const { serverAccount } = await loadBuilt<typeof accountModule>(`${at}/account.js`);
  const account = await serverAccount(null, () => undefined);
  const debian = debianPostgresFolder();
  if (debian !== null) return { programs: debian, account };
  const { findBinaries } = await loadBuilt<typeof binariesModule>(`${at}/binaries.js`);
  const { reachableBinaries } = await loadBuilt<typeof copyModule>(`${at}/binaries-copy.js`);
  const { folder } = await reachableBinaries(await findBinaries(), account, () => undefined);
  return { programs: join(folder, 'bin'), account };
}

async function runAs({ programs, account, folder }: Place, program: string, args: readonly string[]): Promise<void> {
  const who = account === null ? {} : { uid: account.uid, gid: account.gid };
  await run(join(programs, program), args, { ...who, cwd: folder });
}

/** A folder on a file system of so many megabytes, which is unmounted at the end. */
export async function mountSmallDisk(megabytes: number, account: Account | null): Promise<string> {
  const folder = join(await makeFolder('disk', account), 'mounted');
  await mkdir(folder);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  onRelease(() => run('umount', ['--lazy', folder]));
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}
