import type { Problems } from './failure.ts';

/** What a script exports as `options`, as far as the stand-in reads it. */
export interface ScriptOptions {
  readonly scenarios?: Readonly<Record<string, ScenarioOptions>>;
  readonly thresholds?: Readonly<Record<string, readonly (string | { readonly threshold: string })[]>>;
  readonly [other: string]: unknown;
}

export interface ScenarioOptions {
  readonly executor?: unknown;
  readonly exec?: string;
  readonly stages?: readonly { readonly duration: unknown; readonly target: unknown }[];
  readonly [setting: string]: unknown;
}

export interface Scenario {
  readonly name: string;
  /** The script's exported function. */
  readonly exec: string;
  /** As many as the executor may start. */
  readonly vus: number;
}

/** The executors that k6 1.x and 2.x both have: what each must be told, and what it may be told. */
const EXECUTORS: Readonly<Record<string, { readonly must: readonly string[]; readonly may: readonly string[] }>> = {
  'shared-iterations': { must: [], may: ['vus', 'iterations', 'maxDuration'] },
  'per-vu-iterations': { must: [], may: ['vus', 'iterations', 'maxDuration'] },
  'constant-vus': { must: ['duration'], may: ['vus'] },
  'ramping-vus': { must: ['stages'], may: ['startVUs', 'gracefulRampDown'] },
  'constant-arrival-rate': { must: ['duration', 'rate', 'preAllocatedVUs'], may: ['timeUnit', 'maxVUs'] },
  'ramping-arrival-rate': { must: ['stages', 'preAllocatedVUs'], may: ['startRate', 'timeUnit', 'maxVUs'] },
};
const OF_EVERY_EXECUTOR = ['executor', 'exec', 'startTime', 'gracefulStop', 'env', 'tags'];
const DURATIONS = ['duration', 'maxDuration', 'startTime', 'gracefulStop', 'timeUnit', 'gracefulRampDown'];
const COUNTS = ['rate', 'preAllocatedVUs', 'maxVUs', 'vus', 'iterations'];

/** Of the whole script; others are k6's, and no script here needs them. */
const OPTIONS = ['scenarios', 'thresholds', 'setupTimeout', 'summaryTrendStats', 'vus', 'iterations'];

/** As k6 spells one: `1m30s`. */
const DURATION = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/;

/** The scenarios of a script, one named `default` where it names none. @throws Refusal for what k6 would refuse */
export function readScenarios(
  options: ScriptOptions,
  script: Readonly<Record<string, unknown>>,
  problems: Problems,
): readonly Scenario[] {
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name))
      problems.refuse('not-provided', `the option '${name}' is not provided by the stand-in`);
  const { vus = 1, iterations = 1 } = options;
  const scenarios = options.scenarios ?? { default: { executor: 'shared-iterations', vus, iterations } };

  return Object.entries(scenarios).map(([name, settings]) => {
    const wrong = complaintOf(settings);
    if (wrong) return problems.refuse('options', `scenario ${name}: ${wrong}`);
    const exec = settings.exec ?? 'default';
    if (typeof script[exec] !== 'function')
      return problems.refuse('options', `scenario ${name}: the script exports no function '${exec}'`);
    return { name, exec, vus: Number(settings['vus'] ?? settings['maxVUs'] ?? settings['preAllocatedVUs'] ?? 1) };
  });
}

function complaintOf(settings: ScenarioOptions): string | undefined {
  const executor = String(settings.executor);
  const known = EXECUTORS[executor];
  if (!known) return `there is no executor '${executor}' in k6 1.x and 2.x alike`;

  const allowed = [...OF_EVERY_EXECUTOR, ...known.must, ...known.may];
  const missing = known.must.find((name) => settings[name] === undefined);
  const unknown = Object.keys(settings).find((name) => !allowed.includes(name));
  const unreadable = DURATIONS.find((name) => settings[name] !== undefined && !isDuration(settings[name]));
  const uncountable = COUNTS.find((name) => settings[name] !== undefined && !isCount(settings[name]));
  if (missing !== undefined) return `${executor} needs ${missing}`;
  if (unknown !== undefined) return `${executor} knows no ${unknown}`;
  if (unreadable !== undefined) return `${unreadable} is '${String(settings[unreadable])}', which is no duration`;
  if (uncountable !== undefined)
    return `${uncountable} is ${String(settings[uncountable])}, not a whole number above 0`;
  if (Number(settings['maxVUs']) < Number(settings['preAllocatedVUs'])) return 'maxVUs is below preAllocatedVUs';
  return settings.stages?.some(({ duration, target }) => !isDuration(duration) || !isTarget(target))
    ? 'a stage needs a duration and a target that is a whole number'
    : undefined;
}

export function isDuration(value: unknown): value is string {
  return typeof value === 'string' && DURATION.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}

function isTarget(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}
