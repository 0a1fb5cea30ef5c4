import type { Control } from './control.ts';
import { Finding } from './finding.ts';
import type { FuzzedGateway } from './gateway.ts';
import type { FuzzRequest, RequestPlan } from './generate/plan.ts';
import { exchange, headerOf, jsonOf, type Exchange } from './http/exchange.ts';
import { faultOf, outcomeOf } from './judge/answer.ts';
import { isHang, isLate, type Timed } from './judge/duration.ts';
import { leakInAnswer } from './judge/leaks.ts';
import type { Pool } from './pool.ts';
import type { Tally } from './tally.ts';

export interface Fuzzing {
  readonly gateway: FuzzedGateway;
  readonly pool: Pool;
  readonly control: Control;
  readonly tally: Tally;
}

const MAX_ATTEMPTS = 3;

/** Sends requests at the same moment, and judges what comes back. @throws Finding */
export async function sendVolley(fuzzing: Fuzzing, plans: readonly RequestPlan[]): Promise<void> {
  const { gateway, pool, tally } = fuzzing;
  // 1. All of them are made of what there is now.
  const asked = plans.map((plan) => plan(pool));
  const startedMs = performance.now();
  const answers = await Promise.all(asked.map(({ bytes, isWhole }) => exchange(gateway.url, bytes, isWhole)));
  const controlMs = fuzzing.control.worstMsSince(startedMs);

  // 2. What they gave away is known before any of them is judged: whose it is.
  for (const [at, request] of asked.entries()) learnFrom(pool, request, answers[at]);
  if (!gateway.isAlive()) throw new Finding('the gateway has ended', asked);

  // 3. Each for itself.
  for (const [at, request] of asked.entries()) {
    const answer = answers[at];
    if (!answer) continue;
    const succeeded = request.hasSucceeded(answer.status, jsonOf(answer.body));
    tally.add(request.kind, outcomeOf(answer, succeeded), request.isMeantToSucceed);
    if (!succeeded && request.isMeantToSucceed) forgetWhatEnded(pool, request, answer);
    const fault = faultOf(request, answer) ?? leakOf(fuzzing, request, answer);
    if (fault !== null) throw new Finding(fault, [request]);
    if (request.isWhole && isLate({ tookMs: answer.tookMs, controlMs })) await confirmHang(fuzzing, request, answer);
  }
}

function learnFrom(pool: Pool, { draw }: FuzzRequest, answer: Exchange | undefined): void {
  if (answer) pool.learn(draw, answer);
}

/** A session that has ended is of no more use to operations that are to succeed. */
function forgetWhatEnded(pool: Pool, { draw }: FuzzRequest, { status, body }: Exchange): void {
  if (status === 401 || /SESSION_ENDED|INVALID_REFRESH_TOKEN|UNAUTHENTICATED/.test(body)) pool.forget(draw.session);
}

function leakOf({ gateway, pool }: Fuzzing, request: FuzzRequest, { head, body }: Exchange): string | null {
  const type = headerOf(head, 'content-type') ?? '';
  if (!/json|html|plain/.test(type) && body !== '') return null; // scripts and styles, the same for everybody
  const text = `${head}\n${body}`;
  return leakInAnswer({
    text,
    request: request.bytes.toString(),
    secrets: secretsOf(gateway, pool),
    ownersInAnswer: pool.ownersIn(text),
    owners: request.draw.owners,
  });
}

export function secretsOf(gateway: FuzzedGateway, pool: Pool): string[] {
  return [gateway.secret, ...[...pool.accounts.values()].map(({ password }) => password)];
}

/** Late once may be chance. @throws Finding where it is late each time, alone. */
async function confirmHang({ gateway, control }: Fuzzing, request: FuzzRequest, first: Exchange): Promise<void> {
  const attempts: Timed[] = [{ tookMs: first.tookMs, controlMs: 0 }];
  while (attempts.length < MAX_ATTEMPTS && attempts.every(isLate)) {
    const startedMs = performance.now();
    const { tookMs } = await exchange(gateway.url, request.bytes, true);
    attempts.push({ tookMs, controlMs: control.worstMsSince(startedMs) });
  }
  if (isHang(attempts))
    throw new Finding(`${Math.round(first.tookMs)} ms to answer, and as long again alone`, [request]);
}
