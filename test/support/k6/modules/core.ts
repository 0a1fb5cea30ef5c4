import { addSample, requirePhase, requireTags, type RunContext } from '../run-context.ts';

type Checks = Readonly<Record<string, unknown>>;

export interface CheckCounts {
  passes: number;
  fails: number;
}

/** `k6`: check and fail. @param counts of every check by name; filled here */
export function coreModule(context: RunContext, counts: Map<string, CheckCounts>) {
  const { problems } = context;

  function checkOne(name: string, value: unknown, test: unknown, tags: Readonly<Record<string, string>>): boolean {
    const outcome: unknown = typeof test === 'function' ? (test as (value: unknown) => unknown)(value) : test;
    if (outcome instanceof Promise)
      problems.refuse('script', `check '${name}' gives a promise, which k6 takes for true`);
    const passed = Boolean(outcome);
    const count = counts.get(name) ?? { passes: 0, fails: 0 };
    counts.set(name, count);
    if (passed) count.passes += 1;
    else count.fails += 1;
    addSample(context, 'checks', passed ? 1 : 0, { ...tags, check: name });
    return passed;
  }

  return {
    check(value: unknown, checks: Checks, tags: Readonly<Record<string, unknown>> = {}): boolean {
      requirePhase(context, 'check()', 'setup', 'vu', 'teardown');
      const known = requireTags(context, 'check()', tags);
      // Every one of them, whatever the ones before it said.
      return Object.entries(checks)
        .map(([name, test]) => checkOne(name, value, test, known))
        .every(Boolean);
    },
    fail(message = ''): never {
      throw new Error(message);
    },
  };
}
