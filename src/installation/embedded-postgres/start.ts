import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { StartupError } from '../../errors.js';
import { serverAccount } from './account.js';
import { reachableBinaries } from './binaries-copy.js';
import { findBinaries } from './binaries.js';
import { claimServer, type ClaimOptions } from './claim.js';
import { createCluster, SUPERUSER } from './cluster.js';
import { existingData, openDataDir, placeData, removeLeftovers, requireSameRelease } from './data-folder.js';
import { DATABASE } from './lease.js';
import { readOrCreatePassword } from './password.js';
import { stopServer } from './stop.js';

export interface EmbeddedPostgresOptions {
  /** The gateway's folder: the data is under `postgres/` in it, beside `postgres-password` and `postgres.log`. */
  readonly dataDir: string;
  /** Told of each step that may take over a second. */
  readonly onProgress: (line: string) => void;
  /** PostgreSQL settings that differ from ours. A server that is adopted keeps those that it was started with. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** `postgresql://user:password@127.0.0.1:port/fluxgate`, with parameters: no TLS, and who is connected. */
  readonly url: string;
  /** `created` and started, `started` on data that was there, or `adopted`: it was running. */
  readonly origin: 'created' | 'started' | 'adopted';
  /** Stops the server, unless another gateway uses it too. Connections that are still open are ended. */
  stop(): Promise<'stopped' | 'left running'>;
}

/**
 * Starts the PostgreSQL that npm brought along, or adopts the one that is still running on this folder after a crash.
 * There is never more than one on a folder; however many gateways start at once, each gets a URL to it.
 *
 * The server is a process of its own that outlives this one: `stop` is the only thing that ends it.
 *
 * @throws StartupError one sentence, whatever it was that went wrong
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof StartupError || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new StartupError(`The embedded PostgreSQL cannot be started: ${error.message}.`, { cause: error });
  }
}

async function start({ onProgress, settings = {}, ...options }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // 1. Who runs it, and where that account can reach the programs and the data.
  const dataDir = await openDataDir(options.dataDir);
  const existing = await existingData(dataDir);
  const account = await serverAccount(existing, onProgress);
  const binaries = await reachableBinaries(await findBinaries(), account, onProgress);
  const folder = await placeData(dataDir, existing, account, onProgress);

  // 2. The data, once.
  for (const place of new Set([dataDir, dirname(folder)])) await removeLeftovers(place);
  const password = await readOrCreatePassword(dataDir, existing !== null);
  let created = false;
  if (existing === null) {
    onProgress(`Creating the embedded PostgreSQL ${binaries.major} database in ${folder} (once) …`);
    created = await createCluster({ binaries, account, folder, password, durable: settings['fsync'] !== 'off' });
  }
  await requireSameRelease(folder, binaries);

  // 3. The server, found or started.
  const applicationName = `fluxgate:${process.pid}:${randomBytes(3).toString('hex')}`;
  const logFile = join(dataDir, 'postgres.log');
  const site = { binaries, account, folder, logFile, settings, password, applicationName };
  const claim = await claimServer(site, onProgress);

  let stopping: Promise<'stopped' | 'left running'> | undefined;
  return {
    url: urlOf(site, claim.port),
    origin: !claim.startedHere ? 'adopted' : created ? 'created' : 'started',
    stop: () => (stopping ??= stopServer(site, claim)),
  };
}

function urlOf(
  { password, applicationName }: Pick<ClaimOptions, 'password' | 'applicationName'>,
  port: number,
): string {
  const url = new URL(`postgresql://127.0.0.1:${port}/${DATABASE}`);
  url.username = SUPERUSER;
  url.password = password;
  url.searchParams.set('sslmode', 'disable');
  url.searchParams.set('application_name', applicationName);
  return url.href;
}
