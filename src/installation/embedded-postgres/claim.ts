import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../../errors.js';
import { launchServer, passes, type Launch, type LaunchOptions } from './launch.js';
import { takeLease, type Lease } from './lease.js';
import { observeServer } from './server-process.js';

const START_TIMEOUT_SECONDS = 60;
const POLL_MS = 20;

export interface ClaimOptions extends LaunchOptions {
  readonly password: string;
  readonly applicationName: string;
}

/** A running server, and our lease on it. */
export interface Claim {
  readonly lease: Lease;
  readonly pid: number;
  readonly port: number;
  /** False where the server was running, or another gateway started it at the same moment. */
  readonly startedHere: boolean;
}

/**
 * Watches the folder until a server is ready there and has granted a lease, and starts one whenever there is none. Where
 * two gateways do so at once, PostgreSQL lets one server live, and the other gateway finds it here on its next look.
 */
export async function claimServer(site: ClaimOptions, onProgress: (line: string) => void): Promise<Claim> {
  const deadline = AbortSignal.timeout(START_TIMEOUT_SECONDS * 1000);
  let launch: Launch | null = null;
  while (!deadline.aborted) {
    const server = await observeServer(site.folder);
    if (server.state === 'ready') {
      const lease = await takeLease(server.port, site);
      if (lease !== null) return { ...server, lease, startedHere: server.pid === launch?.pid };
    } else if (server.state === 'none' && launch?.state() !== 'running') {
      if (launch?.state() === 'failed') await requirePassing(launch, site.logFile);
      else onProgress(`Starting the embedded PostgreSQL ${site.binaries.major} …`);
      launch = await launchServer(site, server.stalePid);
    }
    await sleep(POLL_MS);
  }
  throw new StartupError(
    `The embedded PostgreSQL on ${site.folder} was not ready within ${START_TIMEOUT_SECONDS} s: ${site.logFile} says why.`,
  );
}

/** @throws StartupError unless the failure is one that another attempt can do without */
async function requirePassing(failed: Launch, logFile: string): Promise<void> {
  const lastWords = await failed.lastWords();
  if (passes(lastWords)) return;
  throw new StartupError(`The embedded PostgreSQL did not start (${logFile}): ${lastWords}`);
}
