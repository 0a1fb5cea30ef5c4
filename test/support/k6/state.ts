import type { ScriptOptions } from './options.ts';

/** Where in k6's test life cycle a script is: what it may do depends on it. */
export type Phase = 'init' | 'setup' | 'vu' | 'teardown' | 'summary';

/** What the script is doing now. One at a time: the stand-in runs VUs one after another. */
export interface RunState {
  phase: Phase;
  /** Empty outside scenarios. */
  scenario: string;
  /** From 1; 0 outside VUs. */
  vuId: number;
  /** Of this VU in this scenario, from 0. */
  iteration: number;
  options: ScriptOptions;
}

export function newState(): RunState {
  return { phase: 'init', scenario: '', vuId: 0, iteration: 0, options: {} };
}
