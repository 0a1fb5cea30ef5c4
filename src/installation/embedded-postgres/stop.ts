import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from './binaries.js';
import type { Claim, ClaimOptions } from './claim.js';
import { takeLease } from './lease.js';
import { runProgram, tellingLine } from './program.js';
import { observeServer } from './server-process.js';

const STOP_TIMEOUT_SECONDS = 30;
const POLL_MS = 20;

/** Gives the lease up, and stops the server where it was the last one. */
export async function stopServer(site: ClaimOptions, claim: Claim): Promise<'stopped' | 'left running'> {
  // A server that has recovered from a crash of its own dropped every lease: ask for another one.
  const lease = claim.lease.isHeld() ? claim.lease : await takeLease(claim.port, site);
  if (lease === null) return (await isServing(site.folder, claim.pid)) ? 'left running' : 'stopped';
  try {
    if (!(await lease.giveUp())) return 'left running';
    await shutDown(site, claim.pid);
    return 'stopped';
  } finally {
    await lease.end();
  }
}

/** Waits for this very server: pg_ctl would go on waiting while another gateway has started the next one. */
async function shutDown(site: ClaimOptions, pid: number): Promise<void> {
  const deadline = AbortSignal.timeout(STOP_TIMEOUT_SECONDS * 1000);
  const args = ['stop', '-D', site.folder, '-m', 'fast', '-W'];
  const { output } = await runProgram(programPath(site.binaries, 'pg_ctl'), args, site.account);
  while (await isServing(site.folder, pid)) {
    if (deadline.aborted) {
      throw new Error(
        `The embedded PostgreSQL (process ${pid}) did not stop within ${STOP_TIMEOUT_SECONDS} s: ${tellingLine(output)}`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function isServing(folder: string, pid: number): Promise<boolean> {
  const server = await observeServer(folder);
  return server.state !== 'none' && server.pid === pid;
}
