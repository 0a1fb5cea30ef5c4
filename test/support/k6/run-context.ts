import type { Problems } from './failure.ts';
import type { Metrics, Tags } from './metrics.ts';
import type { Network } from './network.ts';
import type { CookieJar } from './cookie-jar.ts';
import type { Phase, RunState } from './state.ts';

/** What the modules of k6 work on: one run. */
export interface RunContext {
  readonly state: RunState;
  readonly problems: Problems;
  readonly metrics: Metrics;
  readonly cookies: CookieJar;
  readonly network: Network;
}

/** Adds a sample with the tags that k6 gives every sample, and those of its own. */
export function addSample({ state, metrics }: RunContext, name: string, value: number, tags: Tags = {}): void {
  metrics.add(name, value, { ...(state.scenario !== '' && { scenario: state.scenario }), ...tags });
}

/** @throws Refusal when the script does in this phase what k6 allows in others only */
export function requirePhase({ state, problems }: RunContext, what: string, ...allowed: readonly Phase[]): void {
  if (!allowed.includes(state.phase))
    problems.refuse('script', `${what} is not there in the ${state.phase} phase, only in: ${allowed.join(', ')}`);
}

/** @throws Refusal for a tag that k6 would refuse */
export function requireTags({ problems }: RunContext, what: string, tags: Readonly<Record<string, unknown>>): Tags {
  for (const [name, value] of Object.entries(tags))
    if (typeof value !== 'string') problems.refuse('script', `${what}: the tag ${name} must be text`);
  return tags as Tags;
}
