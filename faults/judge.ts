import { percentile } from '../bench/statistics.ts';
import type { Attempt, FaultTimes, History } from './history.ts';

/** What a history proves. */
export interface Judgement {
  /** Refreshes that were answered with tokens. */
  readonly acknowledged: number;
  /** Sessions that nobody ended, and whose holder was told otherwise or is stranded. */
  readonly lost: number;
  /** Sessions that the gateway ended although nobody stole anything. */
  readonly falselyEnded: number;
  /** Sessions of which something was accepted after their revocation had been acknowledged. */
  readonly wronglyAccepted: number;
  /** Sessions of which one token has led to two different successors. */
  readonly forked: number;
  /** Sessions that a standby without the last commits never heard of; only where the scenario loses commits. */
  readonly neverHeardOf: number;
  /** Acknowledged revocations that such a fail-over has undone. */
  readonly revocationsUndone: number;
  /** 5xx without Retry-After, and refusals that no client can do anything about. */
  readonly notRetryable: number;
  readonly answeredBusy: number;
  readonly unanswered: number;
  /** Of attempts while the fault lasted and until all had recovered; null where there was none. */
  readonly p99Ms: number | null;
  readonly longestMs: number | null;
  /** From the end of the fault until the last holder was given tokens again. */
  readonly recoveryMs: number | null;
  /** The longest time for which an access token was accepted elsewhere, after its revocation had been acknowledged. */
  readonly revokedElsewhereMs: number | null;
}

/** So long an access token may be accepted on other gateways while their feed goes: it is told at once, or read each second. */
export const FEED_LIMIT_MS = 1_500;
/** And where the feed does not: once its last read is 5 s old, a gateway asks the database. */
const WITHOUT_FEED_LIMIT_MS = 5_000 + FEED_LIMIT_MS;

/** A client keeps its token and tries again: the session goes on. */
const GOES_ON = new Set(['STALE_REFRESH_TOKEN']);

/**
 * Pure.
 *
 * @param losesCommits the fault is one that undoes what was committed: what is lost by it is counted apart
 */
export function judge(history: History, times: FaultTimes, losesCommits: boolean): Judgement {
  const { attempts, revocations, rows, held, stranded } = history;
  const revoked = new Set(revocations.map(({ sessionId }) => sessionId));
  const innocent = attempts.filter(({ sessionId }) => !revoked.has(sessionId));
  const refused = innocent.filter(({ answer }) => answer.kind === 'refused' && !GOES_ON.has(answer.code));

  const endedByAnswer = refused.filter(({ answer }) => answer.kind === 'refused' && answer.code === 'SESSION_ENDED');
  const endedByRow = held.filter((id) => !revoked.has(id) && typeof rows.get(id) === 'string');
  const falselyEnded = new Set([...endedByAnswer.map(({ sessionId }) => sessionId), ...endedByRow]);
  const withoutRow = held.filter((id) => !rows.has(id));
  const told = refused.map(({ sessionId }) => sessionId);
  const gone = new Set([...told, ...stranded, ...withoutRow].filter((id) => !falselyEnded.has(id)));
  const unheard = losesCommits ? [...gone].filter((id) => !rows.has(id)) : [];

  const accepted = acceptedAfterRevocation(history);
  const inTime = attempts.filter(({ endedMs }) => endedMs >= times.injectedMs);
  const durations = inTime.map(({ startedMs, endedMs }) => endedMs - startedMs);
  const count = (holds: (attempt: Attempt) => boolean) => attempts.filter(holds).length;
  return {
    acknowledged: count(({ answer }) => answer.kind === 'tokens'),
    lost: gone.size - unheard.length,
    falselyEnded: falselyEnded.size,
    wronglyAccepted: losesCommits ? 0 : accepted.size,
    forked: forkedSessions(attempts).size,
    neverHeardOf: unheard.length,
    revocationsUndone: losesCommits ? accepted.size : 0,
    notRetryable: count(({ answer }) => isNotRetryable(answer)),
    answeredBusy: count(({ answer }) => answer.kind === 'busy'),
    unanswered: count(({ answer }) => answer.kind === 'none'),
    p99Ms: durations.length === 0 ? null : percentile(durations, 99),
    longestMs: durations.length === 0 ? null : percentile(durations, 100),
    recoveryMs: recoveryMs(innocent, new Set(held), times.healedMs),
    revokedElsewhereMs: revokedElsewhereMs(history),
  };
}

function isNotRetryable(answer: Attempt['answer']): boolean {
  if (answer.kind === 'busy') return answer.status >= 500 && answer.retryAfterSeconds === null;
  return answer.kind === 'refused' && answer.code.startsWith('HTTP ');
}

function acceptedAfterRevocation({ probes, revocations }: History): Set<string> {
  const at = new Map(revocations.map(({ sessionId, acknowledgedMs }) => [sessionId, acknowledgedMs]));
  const wrong = probes.filter(({ sessionId, presented, startedMs, accepted }) => {
    const allowedMs = presented === 'access token' ? WITHOUT_FEED_LIMIT_MS : 0;
    return accepted && startedMs > (at.get(sessionId) ?? Infinity) + allowedMs;
  });
  return new Set(wrong.map(({ sessionId }) => sessionId));
}

function forkedSessions(attempts: readonly Attempt[]): Set<string> {
  const successors = new Map<string, string>();
  const forked = new Set<string>();
  for (const { sessionId, sent, answer } of attempts) {
    if (answer.kind !== 'tokens') continue;
    const known = successors.get(sent);
    if (known !== undefined && known !== answer.received) forked.add(sessionId);
    successors.set(sent, answer.received);
  }
  return forked;
}

function recoveryMs(attempts: readonly Attempt[], held: ReadonlySet<string>, healedMs: number): number | null {
  const first = new Map<string, number>();
  for (const { sessionId, endedMs, answer } of attempts)
    if (answer.kind === 'tokens' && endedMs >= healedMs && held.has(sessionId) && !first.has(sessionId))
      first.set(sessionId, endedMs - healedMs);
  return first.size === 0 ? null : Math.max(...first.values());
}

function revokedElsewhereMs({ probes, revocations }: History): number | null {
  const at = new Map(revocations.map(({ sessionId, acknowledgedMs }) => [sessionId, acknowledgedMs]));
  const asked = probes.filter(({ presented }) => presented === 'access token');
  if (asked.length === 0) return null;
  const late = asked
    .filter(({ accepted }) => accepted)
    .map((probe) => probe.startedMs - (at.get(probe.sessionId) ?? 0));
  return Math.max(0, ...late);
}
