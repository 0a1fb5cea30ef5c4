import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createSender } from '../../bench/load/send.ts';
import { onRelease } from '../../bench/release.ts';
import { ToolError } from '../../tools/project.mjs';
import { startFuzzedGateway } from '../gateway.ts';
import type { FuzzSettings } from '../settings.ts';
import type { AttackCounts, AttackOptions } from './attacker.ts';
import { createHonestClient, type Latencies } from './honest-client.ts';
import { watchResident } from './resident.ts';
import { brokenPromises, MAX_RESIDENT_MB, MAX_SLOWER, type HostileFigures } from './verdict.ts';

const ATTACKERS = 10;
const HONEST_CONNECTIONS = 8;

/** Hostile requests at a fixed rate beside a client that refreshes. @throws ToolError where it or the memory suffers */
export async function sendHostile(settings: Extract<FuzzSettings, { mode: 'hostile' }>): Promise<void> {
  const { requests, requestsPerSecond, quietSeconds } = settings;
  // 1. With its limits as they come, and a proxy that says which address a request is from.
  const gateway = await startFuzzedGateway({ FLUXGATE_RATE_LIMIT_SCALE: '1', FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' });
  const sender = createSender(gateway.url, HONEST_CONNECTIONS);
  onRelease(() => Promise.resolve(sender.close()));
  const honest = await createHonestClient(sender, ATTACKERS);

  // 2. What the client's refreshes take while nobody else is there.
  console.error(`quiet: ${quietSeconds} s`);
  const quiet = await honest.refresh(quietSeconds);

  // 3. The same, beside the attack.
  console.error(`hostile: ${requests} requests, ${requestsPerSecond} a second`);
  const watch = watchResident(gateway.pid, gateway.databasePid);
  const accessTokens = honest.otherAccessTokens;
  const attack = startAttack({ url: gateway.url, requests, requestsPerSecond, accessTokens });
  const beside = await honest.refresh(requests / requestsPerSecond).catch(refused);
  const counts = await attack;
  const resident = await watch.stop();

  // 4. The figures, whatever they say.
  const figures = { quiet, beside, resident, isAlive: gateway.isAlive() };
  report(counts, figures);
  const broken = brokenPromises(figures, counts);
  if (broken.length > 0) throw new ToolError(broken.join('\n'));
}

/** Why is said at once: whatever else comes out, that is what matters. */
function refused(error: unknown): null {
  const { message, cause } = error as Error;
  console.error(`refreshes: ${message}, the first with ${cause instanceof Error ? cause.message : 'nothing'}`);
  return null;
}

async function startAttack(options: AttackOptions): Promise<AttackCounts> {
  const thread = new Worker(new URL('./attacker.ts', import.meta.url), { workerData: options });
  onRelease(() => thread.terminate());
  const [counts] = (await once(thread, 'message')) as [AttackCounts];
  return counts;
}

function report(counts: AttackCounts, { quiet, beside, resident }: HostileFigures): void {
  for (const [how, count] of Object.entries(counts).toSorted()) console.log(`${String(count).padStart(6)}  ${how}`);
  console.log(`refreshes, quiet:   ${inWords(quiet)}`);
  if (beside) {
    const slower = (beside.p99Ms / quiet.p99Ms).toFixed(2);
    console.log(`refreshes, hostile: ${inWords(beside)}; p99 is ${slower} of at most ${MAX_SLOWER} times that`);
  }
  const { gatewayMb, withDatabaseMb } = resident;
  console.log(`resident, at most:  ${gatewayMb.toFixed(0)} of ${MAX_RESIDENT_MB} MB`);
  console.log(`with the database:  ${withDatabaseMb.toFixed(0)} MB, what its processes share counted once`);
}

function inWords({ p50Ms, p99Ms, longestMs }: Latencies): string {
  return `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, longest ${longestMs.toFixed(0)} ms`;
}
