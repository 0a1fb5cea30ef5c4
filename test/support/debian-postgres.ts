import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';
import { freePort } from './gateway.js';
import { query } from './postgres.js';

const run = promisify(execFile);

/** Debian's programs of one major version: initdb, postgres, psql, pg_dump. */
export const PROGRAMS = '/usr/lib/postgresql/15/bin';

/** A program of the system's, in a folder of its own, that runs under an account without privileges. */
export interface SystemServer {
  stop(): Promise<void>;
}

/** PostgreSQL that is ours to stop, to kill, and to stand by for. */
export interface DebianPostgres extends SystemServer {
  readonly adminUrl: string;
  /** As a machine that loses power: nobody is told, and nothing is written any more. */
  kill(): Promise<void>;
}

const ADMINISTRATOR = 'an-administrator';

/** A server of its own: the system's, if there is one, is left alone. */
export async function startDebianPostgres(): Promise<DebianPostgres> {
  const folder = await makeServerFolder('postgres');
  await writeFile(join(folder, 'password'), ADMINISTRATOR);
  await run(
    join(PROGRAMS, 'initdb'),
    [
      `--pgdata=${folder}/data`,
      '--username=postgres',
      `--pwfile=${folder}/password`,
      '--auth=scram-sha-256',
      '--no-sync',
    ],
    await unprivileged(),
  );
  return launch(folder);
}

/** A copy of a server, which follows it by streaming, and can only be read until it is promoted. */
export async function startStandby(primary: DebianPostgres): Promise<DebianPostgres> {
  const folder = await makeServerFolder('standby');
  await run(
    join(PROGRAMS, 'pg_basebackup'),
    [
      ...[`--dbname=${primary.adminUrl}`, `--pgdata=${folder}/data`, '--checkpoint=fast', '--wal-method=stream'],
      ...['--write-recovery-conf', '--no-sync'],
    ],
    await unprivileged(),
  );
  return launch(folder);
}

async function launch(folder: string): Promise<DebianPostgres> {
  const port = await freePort();
  const server = spawn(
    join(PROGRAMS, 'postgres'),
    [
      ...['-D', `${folder}/data`, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
      ...['-c', 'unix_socket_directories='],
    ],
    { ...(await unprivileged()), stdio: 'ignore' },
  );
  const adminUrl = `postgres://postgres:${ADMINISTRATOR}@127.0.0.1:${port}/postgres`;
  await answers(adminUrl);
  const ended = once(server, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal);
    await ended;
  };
  return {
    adminUrl,
    kill: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT');
      await rm(folder, { recursive: true });
    },
  };
}

/** Debian's PgBouncer in transaction mode, with four connections to the server for however many clients. */
export async function startPgBouncer(
  serverUrl: string,
  passwords: Readonly<Record<string, string>>,
  settings: readonly string[] = [],
): Promise<SystemServer & { readonly url: string }> {
  const { hostname, port: serverPort, pathname } = new URL(serverUrl);
  const database = pathname.slice(1);
  const folder = await makeServerFolder('pgbouncer');
  const port = await freePort();
  const users = Object.entries(passwords).map(([user, password]) => `"${user}" "${password}"\n`);
  await writeFile(join(folder, 'users.txt'), users.join(''));
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]
${database} = host=${hostname} port=${serverPort} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
pool_mode = transaction
default_pool_size = 4
${settings.join('\n')}
`,
  );
  const pooler = spawn('/usr/sbin/pgbouncer', [join(folder, 'pgbouncer.ini')], {
    ...(await unprivileged()),
    stdio: 'ignore',
  });
  const url = new URL(serverUrl);
  url.port = String(port);
  await answers(url.href);
  return { url: url.href, stop: () => stop(pooler, 'SIGTERM', folder) };
}

async function answers(url: string): Promise<void> {
  await eventually(
    () => query(url, 'select 1').then(() => null, String),
    (problem) => problem === null,
  );
}

async function stop(server: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<void> {
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
  await rm(folder, { recursive: true });
}

/** One that the account may write to. */
async function makeServerFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `fluxgate-${name}-`));
  await chmod(folder, 0o755);
  const { uid, gid } = await unprivileged();
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  return folder;
}

/** As root, the account that Debian's packages make: both programs refuse to run as root. */
async function unprivileged(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  );
  return { uid: uid!, gid: gid! };
}
