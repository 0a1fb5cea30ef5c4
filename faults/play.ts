import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../tools/project.mjs';
import { percentile } from '../bench/statistics.ts';
import type { FaultTimes } from './history.ts';
import { judge, type Judgement } from './judge.ts';
import { faultOf, sizeOf, type Goals, type Pace, type Scenario } from './scenario.ts';
import { missingOf } from './servers/programs.ts';
import { openStage, readRows, type Stage } from './stage.ts';

/**
 * - `held`     every invariant, and every figure that was asked for.
 * - `slow`     every invariant, but a figure is missed.
 * - `broken`   an invariant is not true.
 * - `not run`  nothing is proven.
 */
export type Verdict = 'held' | 'slow' | 'broken' | 'not run';

export interface Played {
  readonly name: string;
  readonly fault: string;
  readonly how: string;
  readonly verdict: Verdict;
  /** Which invariants are broken, which figures are missed, or what it needs. */
  readonly why: readonly string[];
  /** What the scenario tells of itself. */
  readonly note: string | null;
  readonly judgement: Judgement | null;
}

export interface PlayOptions {
  readonly pace: Pace;
  readonly folder: string;
  readonly holders: number;
}

const CALM_MS = { full: 5_000, quick: 2_000 };
const VICTIMS = { full: 12, quick: 5 };
const REVOKE_EVERY_MS = { full: 3_000, quick: 1_500 };

/** Plays scenarios one after the other; those that want the same stage share it. */
export class Theatre {
  readonly #options: PlayOptions;
  #stage: { readonly key: string; readonly stage: Stage } | null = null;

  constructor(options: PlayOptions) {
    this.#options = options;
  }

  async play(scenario: Scenario): Promise<Played> {
    const { name, how } = scenario;
    const told = { name, fault: faultOf(scenario, this.#options.pace), how };
    const missing = missingOf(scenario.needs ?? []);
    if (missing !== null)
      return { ...told, verdict: 'not run', why: [`needs ${missing}`], note: null, judgement: null };
    try {
      const { judgement, note, calmP99Ms } = await this.#perform(scenario);
      return { ...told, ...verdictOf(judgement, scenario.goals ?? {}, calmP99Ms), note, judgement };
    } catch (error) {
      await this.close();
      const why = error instanceof Error ? error.message : String(error);
      return { ...told, verdict: 'not run', why: [shortened(why)], note: null, judgement: null };
    }
  }

  async close(): Promise<void> {
    const open = this.#stage;
    this.#stage = null;
    await open?.stage.close();
  }

  async #perform(scenario: Scenario) {
    const { pace } = this.#options;
    const size = sizeOf(scenario, pace);
    const stage = await this.#setUp(scenario);
    await stage.crowd.gather(VICTIMS[pace]);
    await scenario.prepare?.(stage, size);
    stage.crowd.start(REVOKE_EVERY_MS[pace]);
    await sleep(CALM_MS[pace]);
    const injectedMs = performance.now();
    const note = (await scenario.inject(stage, size)) ?? null;
    const times: FaultTimes = { injectedMs, healedMs: performance.now() };
    await stage.crowd.settle(times);
    await readRows(stage);
    const { history } = stage.crowd;
    const calm = history.attempts.filter(({ endedMs }) => endedMs < injectedMs);
    const calmP99Ms =
      calm.length === 0
        ? null
        : percentile(
            calm.map((one) => one.endedMs - one.startedMs),
            99,
          );
    if (scenario.wrecks) await this.close();
    return { judgement: judge(history, times, scenario.losesCommits ?? false), note, calmP99Ms };
  }

  async #setUp(scenario: Scenario): Promise<Stage> {
    const key = stageKey(scenario);
    if (this.#stage?.key !== key) {
      await this.close();
      const { folder, holders } = this.#options;
      this.#stage = { key, stage: await openStage(scenario.stage, folder, holders) };
    }
    return this.#stage.stage;
  }
}

/** The same for scenarios that can be played on one stage. */
export function stageKey({ stage }: Scenario): string {
  return JSON.stringify(stage);
}

/** Pure. */
export function verdictOf(
  judgement: Judgement,
  goals: Goals,
  calmP99Ms: number | null,
): Pick<Played, 'verdict' | 'why'> {
  const broken = ZEROS.filter(({ of }) => of(judgement) > 0).map(({ of, what }) => `${of(judgement)} ${what}`);
  const missed = missedGoals(judgement, goals, calmP99Ms);
  const verdict = broken.length > 0 ? 'broken' : missed.length > 0 ? 'slow' : 'held';
  return { verdict, why: [...broken, ...missed] };
}

const ZEROS: readonly { readonly what: string; readonly of: (judgement: Judgement) => number }[] = [
  { what: 'lost', of: ({ lost }) => lost },
  { what: 'falsely ended', of: ({ falselyEnded }) => falselyEnded },
  { what: 'wrongly accepted', of: ({ wronglyAccepted }) => wronglyAccepted },
  { what: 'with two successors', of: ({ forked }) => forked },
  { what: 'answers that no client can retry', of: ({ notRetryable }) => notRetryable },
];

function missedGoals(judgement: Judgement, goals: Goals, calmP99Ms: number | null): string[] {
  const { longestMs, revokedElsewhereMs, p99Ms, answeredBusy, unanswered } = judgement;
  const over = (value: number | null, limit: number | undefined) =>
    value !== null && limit !== undefined && value > limit;
  const failed = answeredBusy + unanswered;
  const p99Limit = goals.p99Times === undefined || calmP99Ms === null ? undefined : goals.p99Times * calmP99Ms;
  return [
    ...(over(longestMs, goals.longestMs) ? [`an answer took ${longestMs?.toFixed(0)} of ${goals.longestMs} ms`] : []),
    ...(over(revokedElsewhereMs, goals.revokedElsewhereMs)
      ? [`accepted elsewhere for ${revokedElsewhereMs?.toFixed(0)} of ${goals.revokedElsewhereMs} ms`]
      : []),
    ...(over(failed, goals.failedRequests) ? [`${failed} requests failed`] : []),
    ...(over(p99Ms, p99Limit) ? [`p99 of ${p99Ms?.toFixed(0)} ms, of ${p99Limit?.toFixed(0)} allowed`] : []),
  ];
}

const LONGEST_REASON = 300;

function shortened(text: string): string {
  const oneLine = text.replaceAll(root, '').replace(/\s+/g, ' ').trim();
  return oneLine.length > LONGEST_REASON ? `… ${oneLine.slice(-LONGEST_REASON)}` : oneLine;
}
