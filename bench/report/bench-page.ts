import { HASH_THREADS } from '../contenders/raw-hashing.ts';
import { SESSIONS_A_USER } from '../contenders/fluxgate-load.ts';
import { SERIES, type Results } from '../series.ts';
import type { BenchSettings } from '../settings.ts';
import { median } from '../statistics.ts';
import { barChart, goalChart, type Bar } from './chart.ts';
import type { Page, Section } from './page.ts';
import type { Machine } from './machine.ts';
import { judge, type Row } from './rows.ts';
import { shown } from './table.ts';

/** @param before the commit that was measured in the same rounds; null without. */
export function benchPage(
  results: Results,
  machine: Machine,
  settings: BenchSettings,
  before: string | null,
  measuredAt: string,
): Page {
  const rows = judge(results);
  return {
    title: 'Fluxgate: the bench',
    measuredAt,
    machine,
    method: methodOf(settings, before),
    rows,
    sections: [overview(rows), ...operationCharts(results)],
  };
}

function methodOf(settings: BenchSettings, before: string | null): string[] {
  const { rounds, connections, warmUpSeconds, measureSeconds, latencySeconds, arrivalsPerSecond, tries } = settings;
  return [
    `Medians of ${rounds} rounds; in each round the contenders of one operation are measured one after the other.`,
    `Rates: ${connections} connections from a separate process, closed loop (autocannon), ${measureSeconds} s after ${warmUpSeconds} s of warm-up; one wrong answer ends the run.`,
    'Every contender is one Node process on the same machine as the load and the database: PostgreSQL with durable commits, for each a database of its own on one server.',
    `Fluxgate as built, NODE_ENV=production, logging every request to a file, rate limits scaled out of the way, ${HASH_THREADS} hash thread(s); argon2id alone runs in as many.`,
    `Latencies: ${arrivalsPerSecond} arrivals a second for ${latencySeconds} s, counted from when each was due (open loop).`,
    'Event loop: what the main thread used of the processor, per request (on systems other than Linux: the response time).',
    `Refused sign-ins: ${tries} of each kind over all rounds, in turn, on one connection.`,
    `Memory: MB of 10^6 bytes; "after mixed load" is ${settings.mixedLoadSeconds} s of it in each round, one process through all rounds.`,
    ...(settings.withPeers
      ? [
          `Peers: limiters off, hashes as they come: better-auth scrypt (N=16384, r=16, p=1), Parse Server bcrypt (cost 10), Fluxgate argon2id (19,456 KiB, 2 passes). Where sessions are listed, each user has ${SESSIONS_A_USER}.`,
        ]
      : []),
    ...(before === null
      ? []
      : [
          `The commit before: ${before}, built from its own sources with its own packages, under the same Node. It and a second Fluxgate as it is now, started and filled alike, have nothing else to answer; which of the two is first changes from round to round.`,
        ]),
  ];
}

function overview(rows: readonly Row[]): Section {
  const bars = rows.flatMap(({ name, ratio, goal, met }): Bar[] => {
    if (goal === null) return [];
    const caption = `${shown(ratio)} (goal ${shown(goal)})`;
    return [{ label: name, value: ratio / goal, caption, kind: met ? 'own' : 'missed' }];
  });
  return {
    heading: 'Each ratio over its goal',
    text: 'Higher is better everywhere; the dashed line is the goal. Logarithmic.',
    chart: goalChart('Each ratio over its goal', bars),
  };
}

function operationCharts(results: Results): Section[] {
  const measured = [...results.keys()].map((name) => ({ name, ...SERIES[name] }));
  const operations = new Set(Object.values(SERIES).map(({ operation }) => operation));
  return [...operations].map((operation) => {
    const series = measured.filter((one) => one.operation === operation);
    const bars = series.map(({ name, contender, unit }): Bar => {
      const values = results.get(name) ?? [];
      const value = median(values);
      const kind = contender.startsWith('Fluxgate') || unit !== 'per second' ? 'own' : 'other';
      return { label: contender, value, caption: `${shown(value)} ${unit}`, kind, dots: values };
    });
    return { heading: operation, chart: barChart(operation, bars) };
  });
}
