import type { Scenario } from './scenario.ts';
import { OUTAGES } from './scenarios/outages.ts';

/** In the order in which they are played: those that want the same stage follow each other. */
export const SCENARIOS: readonly Scenario[] = [...OUTAGES];
