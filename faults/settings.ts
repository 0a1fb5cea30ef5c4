import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { positive } from '../bench/settings.ts';
import { inProject, ToolError } from '../tools/project.mjs';
import { SCENARIOS } from './plan.ts';
import { soak } from './scenarios/overload.ts';
import { faultOf, type Pace, type Scenario } from './scenario.ts';

export interface FaultsSettings {
  readonly pace: Pace;
  readonly scenarios: readonly Scenario[];
  /** Only names them. */
  readonly list: boolean;
  readonly holders: number;
  /** Of a whole run docs/faults; what a part or a short run says stays out of it. */
  readonly outputFolder: string;
}

/** @throws ToolError where an option is none, or names what is not there. */
export function readFaultsSettings(args: readonly string[]): FaultsSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      clients: { type: 'string' },
      soak: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const { quick, list, only } = values;
  const chosen = SCENARIOS.filter(({ name, quick: isQuick }) =>
    only.length > 0 ? only.includes(name) : !quick || isQuick,
  );
  const unknown = only.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    throw new ToolError(`There is no scenario "${unknown}": npm run faults -- --list names them.`);
  const isWhole = !quick && only.length === 0 && values.soak === undefined;
  return {
    pace: quick ? 'quick' : 'full',
    scenarios: values.soak === undefined ? chosen : [soak(positive('soak', values.soak, 1))],
    list,
    holders: positive('clients', values.clients, quick ? 40 : 60),
    outputFolder: values.output ?? (isWhole ? inProject('docs/faults') : join(tmpdir(), 'fluxgate-faults')),
  };
}

/** A line each. */
export function listOf(scenarios: readonly Scenario[], pace: Pace): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios.map((scenario) => `${scenario.name.padEnd(width)}  ${faultOf(scenario, pace)}`).join('\n');
}
