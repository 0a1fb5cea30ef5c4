import type { Need } from './servers/programs.ts';
import type { Stage, StageOptions } from './stage.ts';

/** Durations of one run: the whole ones, or those of `--quick`. */
export type Pace = 'full' | 'quick';

export interface Scenario {
  /** For `--only`. */
  readonly name: string;
  /** What goes wrong, for people; `{size}` stands for how long or how often. */
  readonly fault: string;
  /** Seconds, times or rows. */
  readonly size?: Readonly<Record<Pace, number>>;
  /** How it is brought about. */
  readonly how: string;
  readonly needs?: readonly Need[];
  readonly stage: StageOptions;
  /** Also in `--quick`. */
  readonly quick?: boolean;
  /** Afterwards the stage is not what it was: the next scenario gets a new one. */
  readonly wrecks?: boolean;
  /** The fault undoes what was committed: what is lost by it is counted apart. */
  readonly losesCommits?: boolean;
  /** What has to hold beyond the invariants. */
  readonly goals?: Goals;
  /** Before anybody asks. */
  prepare?(this: void, stage: Stage, size: number): Promise<void>;
  /** Brings the fault about, and takes it away again. @returns what is to be told of it */
  inject(this: void, stage: Stage, size: number): Promise<string | void>;
}

/** Figures that a row is marked for when they are missed. */
export interface Goals {
  readonly longestMs?: number;
  readonly revokedElsewhereMs?: number;
  /** Neither refused as busy nor unanswered. */
  readonly failedRequests?: number;
  /** Of the p99 just before the fault. */
  readonly p99Times?: number;
}

/** 1 where a scenario has none. */
export function sizeOf({ size }: Pick<Scenario, 'size'>, pace: Pace): number {
  return size?.[pace] ?? 1;
}

export function faultOf(scenario: Pick<Scenario, 'fault' | 'size'>, pace: Pace): string {
  return scenario.fault.replace('{size}', sizeOf(scenario, pace).toLocaleString('en'));
}
