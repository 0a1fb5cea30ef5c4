import type { Scenario, Stage } from 'k6/options';
import { readChoice, readCount, readNumber } from './environment.ts';

/**
 * How hard a run pushes. `smoke` shows that a script works. The others start iterations at a rate, whatever the gateway's
 * answer time is (an open model), because users do not wait for one another.
 */
export const PROFILE = readChoice('PROFILE', ['smoke', 'load', 'stress', 'spike', 'soak', 'breakpoint'], 'smoke');

const SMOKE_ITERATIONS = readCount('SMOKE_ITERATIONS', 3);
const RAMP_SECONDS = readNumber('RAMP_SECONDS', 30);
const MAX_VUS_FACTOR = 4;

type Shape = ReadonlyArray<{ readonly seconds: number; readonly timesPeak: number }>;

/** `HOLD_SECONDS` replaces the length of a profile's plateau. */
const hold = (seconds: number): number => readNumber('HOLD_SECONDS', seconds);

const SHAPES: Readonly<Record<Exclude<typeof PROFILE, 'smoke'>, Shape>> = {
  load: [
    { seconds: RAMP_SECONDS, timesPeak: 1 },
    { seconds: hold(180), timesPeak: 1 },
    { seconds: RAMP_SECONDS, timesPeak: 0 },
  ],
  stress: [
    { seconds: RAMP_SECONDS, timesPeak: 1 },
    { seconds: RAMP_SECONDS, timesPeak: 2 },
    { seconds: hold(120), timesPeak: 2 },
    { seconds: RAMP_SECONDS, timesPeak: 0 },
  ],
  spike: [
    { seconds: RAMP_SECONDS, timesPeak: 1 },
    { seconds: 5, timesPeak: 5 },
    { seconds: hold(60), timesPeak: 5 },
    { seconds: 5, timesPeak: 1 },
    { seconds: RAMP_SECONDS, timesPeak: 1 },
  ],
  soak: [
    { seconds: RAMP_SECONDS, timesPeak: 1 },
    { seconds: hold(3600), timesPeak: 1 },
    { seconds: RAMP_SECONDS, timesPeak: 0 },
  ],
  breakpoint: [{ seconds: hold(1200), timesPeak: 20 }],
};

/**
 * One scenario of this run's profile.
 *
 * @param exec the script's exported function
 * @param perSecond iterations started each second at the profile's peak; fractions are allowed
 * @param iterationMs how long an iteration is expected to take: sizes the pool of VUs (Little's law)
 */
export function scenarioOf(exec: string, perSecond: number, iterationMs: number): Scenario {
  if (PROFILE === 'smoke')
    return { executor: 'per-vu-iterations', vus: 1, iterations: SMOKE_ITERATIONS, maxDuration: '2m', exec };

  const shape = SHAPES[PROFILE];
  const perMinute = (timesPeak: number): number => Math.ceil(perSecond * 60 * timesPeak); // k6 wants whole numbers
  const stages: Stage[] = shape.map(({ seconds, timesPeak }) => ({
    duration: `${seconds}s`,
    target: perMinute(timesPeak),
  }));
  const peakPerSecond = perSecond * Math.max(...shape.map(({ timesPeak }) => timesPeak));
  const preAllocatedVUs = Math.max(2, Math.ceil((peakPerSecond * iterationMs) / 1000));
  const maxVUs = preAllocatedVUs * MAX_VUS_FACTOR;
  return { executor: 'ramping-arrival-rate', timeUnit: '1m', preAllocatedVUs, maxVUs, stages, exec };
}
