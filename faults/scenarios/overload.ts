import { setTimeout as sleep } from 'node:timers/promises';
import { residentMegabytes } from '../../bench/measures/process-usage.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** More than the gateways can answer at once, and load for a long time. */
export const OVERLOAD: readonly Scenario[] = [
  {
    name: 'overload',
    fault: '400 connections at once for {size} s',
    size: { full: 30, quick: 6 },
    how: '400 clients, each of which asks again as soon as it is answered',
    stage: { holders: 400, thinkMs: 0 },
    async inject({ crowd }, size) {
      const [before, startedMs] = [acknowledgedBy(crowd), performance.now()];
      await sleep(size * 1000);
      const perSecond = ((acknowledgedBy(crowd) - before) * 1000) / (performance.now() - startedMs);
      return `${perSecond.toFixed(0)} refreshes a second`;
    },
  },
];

const SAMPLE_EVERY_MS = 5_000;

/** `--soak MINUTES`: nothing fails, for a long time; does memory level off? */
export function soak(minutes: number): Scenario {
  return {
    name: 'soak',
    fault: `${minutes} minutes of load`,
    how: 'refreshes, sign-ins and revocations, without a fault',
    stage: { thinkMs: 100 },
    async inject({ gateways, crowd }) {
      const samples: { readonly hours: number; readonly megabytes: number }[] = [];
      const startedMs = performance.now();
      for (let nth = 0; performance.now() - startedMs < minutes * 60_000; nth++) {
        await crowd.revoke(await crowd.signIn(nth), nth);
        await sleep(SAMPLE_EVERY_MS);
        const megabytes = await Promise.all(gateways.map(({ pid }) => residentMegabytes(pid)));
        samples.push({ hours: (performance.now() - startedMs) / 3_600_000, megabytes: Math.max(...megabytes) });
      }
      const late = samples.slice(Math.floor(samples.length / 2)); // by then it has what it needs
      return `${late.at(-1)?.megabytes.toFixed(0)} MB in the end, ${slopeOf(late).toFixed(1)} MB an hour in the second half`;
    },
  };
}

/** Least squares. */
function slopeOf(samples: readonly { readonly hours: number; readonly megabytes: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ hours }) => hours)), mean(samples.map(({ megabytes }) => megabytes))];
  const over = samples.reduce((sum, { hours, megabytes }) => sum + (hours - x) * (megabytes - y), 0);
  const under = samples.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

function acknowledgedBy({ history }: Stage['crowd']): number {
  return history.attempts.filter(({ answer }) => answer.kind === 'tokens').length;
}
