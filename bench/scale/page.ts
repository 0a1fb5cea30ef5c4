import { barChart } from '../report/chart.ts';
import type { Machine } from '../report/machine.ts';
import type { Page } from '../report/page.ts';
import { row, type Row } from '../report/rows.ts';
import { shown } from '../report/table.ts';
import { median } from '../statistics.ts';
import type { SizeResult } from './measure.ts';
import type { ScaleSettings } from './settings.ts';

const OF_THE_SMALLEST = 0.7;
const HOT_PERCENT = 97;

export function scalePage(
  results: readonly SizeResult[],
  machine: Machine,
  { rounds, connections, measureSeconds, warmUpSeconds }: ScaleSettings,
  measuredAt: string,
): Page {
  return {
    title: 'Fluxgate: refresh at scale',
    measuredAt,
    machine,
    method: [
      `Medians of ${rounds} rounds; in each round the sizes are measured one after the other.`,
      `${connections} connections from a separate process, closed loop, ${measureSeconds} s after ${warmUpSeconds} s of warm-up; each refresh is of a session drawn at random, and every answer must be ROTATED.`,
      'A database and a gateway of its own for each size, on one embedded PostgreSQL with durable commits; filled by COPY, five sessions a user, vacuumed and checkpointed before the first round.',
      'HOT: updates that touched no index, from pg_stat_user_tables once the gateway has stopped.',
    ],
    rows: rowsOf(results),
    sections: [
      {
        heading: 'Refreshes a second, by sessions in the table',
        chart: barChart(
          'Refreshes a second',
          results.map(({ sessions, perSecond }) => ({
            label: `${sessions.toLocaleString('en')} sessions`,
            value: median(perSecond),
            caption: `${shown(median(perSecond))} per second`,
            kind: 'own',
            dots: perSecond,
          })),
        ),
      },
    ],
  };
}

function rowsOf(results: readonly SizeResult[]): Row[] {
  const [smallest, ...larger] = results;
  if (!smallest) return [];
  const base = median(smallest.perSecond);
  const inWords = (sessions: number) => sessions.toLocaleString('en');
  return [
    ...larger.map(({ sessions, perSecond }) => {
      const value = median(perSecond);
      const name = `refresh at ${inWords(sessions)} sessions against ${inWords(smallest.sessions)}`;
      const against = { value, against: base, againstName: `${inWords(smallest.sessions)} sessions` };
      return row(name, 'per second', against, value / base, OF_THE_SMALLEST);
    }),
    ...results.map(({ sessions, hotPercent }) =>
      row(
        `HOT updates at ${inWords(sessions)} sessions`,
        '%',
        { value: hotPercent, against: HOT_PERCENT, againstName: 'required' },
        hotPercent / HOT_PERCENT,
        1,
      ),
    ),
  ];
}
