import type { ObjectThreshold, Options, Scenario, Threshold } from 'k6/options';
import { readNumber } from './environment.ts';
import { PROFILE, scenarioOf } from './profiles.ts';

/** What a scenario does to the gateway, and what is promised of it. */
export interface Journey {
  /** Iterations started each second at the profile's peak. */
  readonly perSecond: number;
  /** GraphQL has refusals and errors inside HTTP 200; they are counted and limited on their own. */
  readonly protocol: 'graphql' | 'http';
  /** The 95th percentile that each operation must stay below, in milliseconds. Operations are the `name` tag. */
  readonly p95Ms: Readonly<Record<string, number>>;
}

/** Answers that may be refused, broken or wrong, as a share of all: 0.01 is one in a hundred. */
const MAX_ERROR_RATIO = readNumber('MAX_ERROR_RATIO', 0.01);
const MIN_SUCCESS_RATIO = Number((1 - MAX_ERROR_RATIO).toFixed(6));
/** Iterations that k6 could not start in time, for want of a free VU: then the load was not what the profile says. */
const MAX_DROPPED_ITERATIONS = readNumber('MAX_DROPPED_ITERATIONS', 0);
/** Multiplies every latency that is promised: the defaults are for a machine that does nothing else. */
const LATENCY_SCALE = readNumber('LATENCY_SCALE', 1);
/** A breakpoint run goes on until a promise is broken, and ends there. */
const ABORT = { abortOnFail: PROFILE === 'breakpoint', delayAbortEval: '30s' };

/**
 * The options of a script: a scenario for each journey, named as the function that the script exports for it, and
 * thresholds that pass or fail the run by operation and by scenario.
 *
 * @param extra thresholds of the script's own
 */
export function plan(journeys: Readonly<Record<string, Journey>>, extra: Record<string, Threshold[]> = {}): Options {
  const scenarios: Record<string, Scenario> = {};
  const thresholds: Record<string, Threshold[]> = { ...extra };
  for (const [name, journey] of Object.entries(journeys)) {
    const iterationMs = Object.values(journey.p95Ms).reduce((sum, p95Ms) => sum + p95Ms, 0);
    scenarios[name] = scenarioOf(name, journey.perSecond, iterationMs);
    Object.assign(thresholds, promisesOf(name, journey));
  }
  return {
    scenarios,
    thresholds,
    setupTimeout: '5m',
    summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'],
  };
}

function promisesOf(scenario: string, { protocol, p95Ms }: Journey): Record<string, ObjectThreshold[]> {
  const promise = (threshold: string): ObjectThreshold[] => [{ threshold, ...ABORT }];
  const latencies = Object.entries(p95Ms).map(([operation, ms]) => [
    `http_req_duration{scenario:${scenario},name:${operation}}`,
    promise(`p(95)<${ms * LATENCY_SCALE}`),
  ]);
  return {
    ...(Object.fromEntries(latencies) as Record<string, ObjectThreshold[]>),
    [`http_req_failed{scenario:${scenario}}`]: promise(`rate<=${MAX_ERROR_RATIO}`),
    [`checks{scenario:${scenario}}`]: promise(`rate>=${MIN_SUCCESS_RATIO}`),
    ...(protocol === 'graphql' && {
      [`graphql_errors{scenario:${scenario}}`]: promise(`rate<=${MAX_ERROR_RATIO}`),
      [`graphql_refusals{scenario:${scenario}}`]: promise(`rate<=${MAX_ERROR_RATIO}`),
    }),
    ...(PROFILE !== 'smoke' && {
      [`dropped_iterations{scenario:${scenario}}`]: promise(`count<=${MAX_DROPPED_ITERATIONS}`),
    }),
  };
}
