import fc from 'fast-check';
import { ToolError } from '../tools/project.mjs';
import { startControl } from './control.ts';
import { Finding, reproduction } from './finding.ts';
import { heapLimitMb, startFuzzedGateway } from './gateway.ts';
import type { RequestPlan } from './generate/plan.ts';
import { readSchema } from './generate/operations.ts';
import { signIn, signUp } from './generate/sign-in.ts';
import { volleys } from './generate/requests.ts';
import { isGrowing } from './judge/heap.ts';
import { leakInLog } from './judge/leaks.ts';
import { createPool } from './pool.ts';
import type { FuzzSettings } from './settings.ts';
import { createTally } from './tally.ts';
import { secretsOf, sendVolley, type Fuzzing } from './volley.ts';

const ACCOUNTS = 6;
const LEAST_SESSIONS = 16;
const VOLLEYS_A_ROUND = 40;
/** Rounds that run side by side: most of the time is spent waiting for passwords, and for what is never finished. */
const LANES = 4;
const HEAP_LOOKS = 5;
/** By then caches are warm, and what comes on top is growth. */
const FIRST_HEAP_LOOK_SHARE = 0.3;
const PROGRESS_MS = 5_000;

/** Sends what the seed makes until the time is up. @throws ToolError with the first finding and its reproduction. */
export async function fuzzForMinutes({ minutes, seed }: Extract<FuzzSettings, { mode: 'minutes' }>): Promise<void> {
  // 1. A gateway with limits out of the way, so that what is asked reaches the code behind them.
  const gateway = await startFuzzedGateway({ FLUXGATE_RATE_LIMIT_SCALE: '100000', FLUXGATE_LOG_LEVEL: 'info' });
  const fuzzing: Fuzzing = {
    gateway,
    pool: createPool(seed.toString(36)),
    control: await startControl(),
    tally: createTally(),
  };
  console.error(`seed ${seed}, ${minutes} min, heap of at most ${heapLimitMb()} MB, ${gateway.url}`);
  await sendVolley(
    fuzzing,
    Array.from({ length: ACCOUNTS }, () => signUp),
  );

  // 2. Round after round, each with a seed of its own, so that it can be repeated without those before it.
  const heapBytes = await fuzzUntil(performance.now() + minutes * 60_000, seed, fuzzing);

  // 3. What only the whole run can tell.
  report(fuzzing, heapBytes);
  if (isGrowing(heapBytes)) throw new ToolError(`FOUND a growing heap: ${inMegabytes(heapBytes)}. Seed ${seed}.`);
  if (!fuzzing.tally.isTelling())
    throw new ToolError(
      `Only ${percent(fuzzing.tally.succeededShare())} of the operations succeeded: the pool is dry.`,
    );
}

async function fuzzUntil(endMs: number, seed: number, fuzzing: Fuzzing): Promise<number[]> {
  const generated = volleys(readSchema());
  const startedMs = performance.now();
  const lengthMs = endMs - startedMs;
  const heapBytes: number[] = [];
  let saidMs = startedMs;
  for (let round = 0; performance.now() < endMs; round += LANES) {
    await keepSessions(fuzzing);
    const seeds = Array.from({ length: LANES }, (_, lane) => seed + round + lane);
    await Promise.all(seeds.map((each) => fuzzRound(fuzzing, generated, each, endMs - performance.now())));
    await checkLog(fuzzing, seed + round);

    const share = (performance.now() - startedMs) / lengthMs;
    const dueShare = FIRST_HEAP_LOOK_SHARE + ((1 - FIRST_HEAP_LOOK_SHARE) / (HEAP_LOOKS - 1)) * heapBytes.length;
    if (share >= dueShare && heapBytes.length < HEAP_LOOKS) heapBytes.push(await fuzzing.gateway.usedHeapBytes());
    if (performance.now() - saidMs > PROGRESS_MS) {
      saidMs = performance.now();
      const { tally, pool } = fuzzing;
      const succeeded = percent(tally.succeededShare());
      console.error(
        `${percent(Math.min(1, share))}  ${tally.requests()} requests, ${succeeded} succeeded, ${pool.sessions.size} sessions`,
      );
    }
  }
  return heapBytes;
}

/** @throws ToolError with the smallest volley that still shows it. */
async function fuzzRound(
  fuzzing: Fuzzing,
  generated: fc.Arbitrary<RequestPlan[]>,
  seed: number,
  leftMs: number,
): Promise<void> {
  let last: Finding | null = null;
  const property = fc.asyncProperty(generated, async (plans) => {
    try {
      await sendVolley(fuzzing, plans);
    } catch (error) {
      if (error instanceof Finding) last = error;
      throw error;
    }
  });
  // A gateway that has ended answers nothing that is smaller.
  const parameters = { seed, numRuns: VOLLEYS_A_ROUND, interruptAfterTimeLimit: Math.max(1, leftMs) };
  const details = await fc.check(property, parameters);
  if (!details.failed || details.interrupted) return;
  if (last === null) throw details.errorInstance;
  throw new ToolError(await reproduction(last, fuzzing.gateway.url, seed));
}

/** Before it can be signed in again, a session has to be missed. */
async function keepSessions(fuzzing: Fuzzing): Promise<void> {
  const { pool } = fuzzing;
  const missing = LEAST_SESSIONS - pool.sessions.size;
  if (missing <= 0) return;
  const accounts = [...pool.accounts.values()].slice(-ACCOUNTS);
  const volley = Array.from({ length: missing }, (_, at) => accounts[at % Math.max(1, accounts.length)]);
  await sendVolley(
    fuzzing,
    volley.map((account) => (account ? signIn(account) : signUp)),
  );
}

async function checkLog({ gateway, pool }: Fuzzing, seed: number): Promise<void> {
  const secrets = secretsOf(gateway, pool);
  for (const line of await gateway.newLogLines()) {
    const leak = leakInLog(line, secrets);
    if (leak !== null) throw new ToolError(`FOUND ${leak} in the log, seed ${seed}:\n${line.slice(0, 2_000)}`);
  }
}

function report({ tally }: Fuzzing, heapBytes: readonly number[]): void {
  console.log(`${tally.requests()} requests\n${tally.lines().join('\n')}`);
  console.log(`  ${percent(tally.succeededShare())} of the operations that were meant to succeed did`);
  console.log(`  heap after collections: ${inMegabytes(heapBytes)}`);
}

function inMegabytes(bytes: readonly number[]): string {
  return `${bytes.map((each) => (each / 1e6).toFixed(1)).join(', ')} MB`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
