import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBuilt } from '../../bench/built.ts';
import { freePort } from '../../bench/contenders/server-process.ts';
import { query } from '../../bench/database.ts';
import { onRelease } from '../../bench/release.ts';
import type * as accountModule from '../../src/installation/embedded-postgres/account.js';
import { makeFolder, startChild, until } from './child.ts';
import { PGBOUNCER } from './programs.ts';

const SERVER_CONNECTIONS = 16;

/** Debian's PgBouncer in transaction mode. @returns the URL of the same database by it */
export async function startPgBouncer(serverUrl: string): Promise<string> {
  const { runsAsRoot, serverAccount } = await loadBuilt<typeof accountModule>(
    'src/installation/embedded-postgres/account.js',
  );
  const account = runsAsRoot() ? await serverAccount(null, () => undefined) : null;
  const { hostname, port: serverPort, pathname, username, password } = new URL(serverUrl);
  const folder = await makeFolder('pgbouncer', account);
  const port = await freePort();
  await writeFile(join(folder, 'users.txt'), `"${username}" "${password}"\n`);
  const configuration = `[databases]
${pathname.slice(1)} = host=${hostname} port=${serverPort} dbname=${pathname.slice(1)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/users.txt
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
`;
  await writeFile(join(folder, 'pgbouncer.ini'), configuration);
  const pooler = await startChild(PGBOUNCER, [join(folder, 'pgbouncer.ini')], {
    account,
    logFile: join(folder, 'log'),
  });
  onRelease(() => pooler.end('SIGKILL'));
  const url = new URL(serverUrl);
  url.port = String(port);
  await until(() => query(url.href, 'SELECT 1'));
  return url.href;
}
