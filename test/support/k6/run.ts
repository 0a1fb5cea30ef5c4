import { CookieJar } from './cookie-jar.ts';
import { Problems, Refusal } from './failure.ts';
import { Metrics } from './metrics.ts';
import { k6Modules } from './modules/all.ts';
import type { CheckCounts } from './modules/core.ts';
import { openNetwork } from './network.ts';
import { readScenarios, type Scenario, type ScriptOptions } from './options.ts';
import type { RunContext } from './run-context.ts';
import { removeForeignGlobals, setEnvironment } from './script-globals.ts';
import { hookModules, type Script } from './script-loader.ts';
import { newState, type Phase } from './state.ts';
import { summaryShapes } from './summary-shapes.ts';
import { judge, readThresholds, type Judged } from './thresholds.ts';

export interface RunRequest {
  /** Absolute. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Reads the options and stops there, before the first request. */
  readonly optionsOnly: boolean;
}

export interface RunReport {
  readonly problems: Problems;
  readonly iterations: number;
  readonly requests: number;
  readonly checksPassed: number;
  readonly judged: readonly Judged[];
}

/** Enough to run each function for the first time, and again with what the first time has left. */
const MAX_VUS = 2;
const ITERATIONS = 2;

/**
 * Executes a load script once: setup, a few iterations of every scenario one after another, teardown, thresholds, and
 * handleSummary in both shapes. Makes no load and measures no time. For a process of its own: it changes the globals.
 */
export async function run({ script, env, optionsOnly }: RunRequest): Promise<RunReport> {
  const problems = new Problems();
  const context: RunContext = {
    state: newState(),
    problems,
    metrics: new Metrics(),
    cookies: new CookieJar(),
    network: openNetwork(),
  };
  const checks = new Map<string, CheckCounts>();
  const load = hookModules(k6Modules(context, checks), problems);
  removeForeignGlobals();
  setEnvironment(env);

  let judged: readonly Judged[] = [];
  try {
    judged = await new Run(context, checks, (vuId) => load(script, vuId)).execute(optionsOnly);
  } catch (error) {
    noteThrown(problems, 'the run', error);
  }
  await context.network.close();
  for (const [name, { fails }] of checks)
    if (fails > 0) problems.note('check', `check '${name}' failed ${fails} times`);
  return {
    problems,
    iterations: context.metrics.select('iterations')?.samples.length ?? 0,
    requests: context.metrics.select('http_reqs')?.samples.length ?? 0,
    checksPassed: [...checks.values()].reduce((sum, { passes }) => sum + passes, 0),
    judged,
  };
}

class Run {
  readonly #context: RunContext;
  readonly #checks: Map<string, CheckCounts>;
  readonly #load: (vuId: number) => Promise<Script>;
  #lastVuId = 0;

  constructor(context: RunContext, checks: Map<string, CheckCounts>, load: (vuId: number) => Promise<Script>) {
    this.#context = context;
    this.#checks = checks;
    this.#load = load;
  }

  async execute(optionsOnly: boolean): Promise<readonly Judged[]> {
    const { state, problems, metrics } = this.#context;
    // 1. The script's options, as k6 reads them before anything runs.
    const script = await this.#load(0);
    state.options = (script['options'] ?? {}) as ScriptOptions;
    const scenarios = readScenarios(state.options, script, problems);
    const thresholds = readThresholds(state.options, metrics, problems);
    if (optionsOnly) return [];

    // 2. setup; every VU gets a copy of its own of what it returns.
    const data = await this.#call(script, 'setup', 'setup', undefined);
    const json = data === undefined ? undefined : JSON.stringify(data);
    for (const scenario of scenarios) await this.#runScenario(scenario, json);
    await this.#call(script, 'teardown', 'teardown', json === undefined ? undefined : JSON.parse(json));

    // 3. What it comes to.
    const judged = judge(thresholds, metrics, problems);
    await this.#summarise(script, judged);
    return judged;
  }

  async #runScenario({ name, exec, vus }: Scenario, data: string | undefined): Promise<void> {
    const { state, problems, metrics, cookies } = this.#context;
    for (let vu = 0; vu < Math.min(vus, MAX_VUS); vu += 1) {
      const vuId = (this.#lastVuId += 1);
      Object.assign(state, { phase: 'init', vuId, scenario: '' });
      const script = await this.#load(vuId);
      const own: unknown = data === undefined ? undefined : JSON.parse(data);
      for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
        Object.assign(state, { phase: 'vu', scenario: name, iteration });
        cookies.clear();
        try {
          await (script[exec] as (data: unknown) => unknown)(own);
        } catch (error) {
          noteThrown(problems, `scenario ${name}, VU ${vuId}, iteration ${iteration}`, error); // k6 logs it and goes on
        }
        metrics.add('iterations', 1, { scenario: name });
        metrics.add('iteration_duration', 1, { scenario: name });
      }
    }
    Object.assign(state, { vuId: 0, scenario: '', iteration: 0 });
  }

  async #summarise(script: Script, judged: readonly Judged[]): Promise<void> {
    const { metrics, problems } = this.#context;
    for (const [shape, summary] of Object.entries(summaryShapes({ metrics, checks: this.#checks, judged }))) {
      const files = await this.#call(script, 'handleSummary', 'summary', summary);
      if (files !== undefined && !isTextByName(files))
        problems.note('script', `handleSummary does not return text by file name for the shape ${shape}`);
    }
  }

  /** @returns undefined where the script has no such function */
  #call(script: Script, name: string, phase: Phase, argument: unknown): unknown {
    if (script[name] === undefined) return undefined;
    this.#context.state.phase = phase;
    return (script[name] as (argument: unknown) => unknown)(argument);
  }
}

function isTextByName(files: unknown): boolean {
  return typeof files === 'object' && files !== null && Object.values(files).every((text) => typeof text === 'string');
}

/** A Refusal has been noted where it was raised. */
function noteThrown(problems: Problems, where: string, error: unknown): void {
  if (error instanceof Refusal) return;
  const text = error instanceof Error ? error.message : String(error);
  const missing = error instanceof SyntaxError && /does not provide an export named/.test(text);
  problems.note(missing ? 'not-provided' : 'script', `${where}: ${text}`);
}
