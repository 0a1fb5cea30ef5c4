import { benchPage } from '../../bench/report/bench-page.ts';
import { renderPage } from '../../bench/report/page.ts';
import { judge } from '../../bench/report/rows.ts';
import { tableOf } from '../../bench/report/table.ts';
import { SERIES, type Results, type SeriesName } from '../../bench/series.ts';
import { readBenchSettings } from '../../bench/settings.ts';
import { measuredRow, NO_GOAL } from '../support/bench-table.js';

const names = Object.keys(SERIES) as SeriesName[];

/** Everything measured once, as 100 of its unit. */
const results: Results = new Map(names.map((name) => [name, [100]]));

const MACHINE = {
  processor: 'one',
  cores: 1,
  memoryGb: 1,
  loadBefore: 0,
  system: 'linux',
  node: 'v26',
  database: 'PostgreSQL',
  packages: {},
};

describe('the bench', () => {
  it('judges every goal, whether or not it is met', () => {
    const goals = Object.fromEntries(judge(results).map(({ name, goal }) => [name, goal]));

    expect(goals).toEqual({
      'Fluxgate login against argon2id alone': 0.85,
      'Fluxgate login against better-auth sign-in': 8,
      'Fluxgate login against Parse logIn': 3,
      'Fluxgate signup against argon2id alone': 0.85,
      'Fluxgate signup against better-auth sign-in': 8,
      'Fluxgate signup against Parse logIn': 3,
      'Fluxgate refresh against the statement alone': 0.45,
      'Fluxgate refresh against better-auth get-session': 1.39,
      'Fluxgate me against bare Apollo on Fastify': 0.75,
      'Fluxgate me against better-auth get-session': 4,
      'Fluxgate me against Parse viewer': 6,
      'Fluxgate sessions against better-auth list-sessions': 3,
      'Fluxgate revoke against better-auth revoke-session': 2,
      'Fluxgate login against the commit before': 0.97,
      'Fluxgate signup against the commit before': null,
      'Fluxgate refresh against the commit before': 0.97,
      'Fluxgate me against the commit before': null,
      'Fluxgate sessions against the commit before': null,
      'Fluxgate verify': 1,
      'refresh p99 while sign-ins saturate hashing': 1,
      'resident memory after start': 1,
      'resident memory after mixed load': 1,
      'event loop for a first-seen document': 1,
      'event loop for the worst hostile document': 1,
      'refused sign-in, known against unknown address': 1,
    });
  });

  it('holds latency and memory against what is allowed', () => {
    const rows = judge(
      new Map([...results, ['quietRefreshP99', [10]], ['busyRefreshP99', [25]], ['mixedMemory', [400]]] as const),
    );

    expect(rows).toContainEqual(
      expect.objectContaining({ name: 'refresh p99 while sign-ins saturate hashing', against: 30, met: true }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ name: 'resident memory after mixed load', against: 300, ratio: 0.75, met: false }),
    );
  });

  it('shows a ratio that falls short as missed, also where it rounds to its goal', () => {
    const rows = judge(new Map([...results, ['login', [84.9999]]] as const));

    expect(rows[0]).toMatchObject({ name: 'Fluxgate login against argon2id alone', ratio: 0.85, met: false });
  });

  it('leaves out what was not measured, as peers are without bench:peers', () => {
    const withoutPeers: Results = new Map([...results].filter(([name]) => !/^(betterAuth|parse)/.test(name)));

    expect(judge(withoutPeers).map(({ name }) => name)).not.toContainEqual(expect.stringMatching(/better-auth|Parse/));
    expect(judge(withoutPeers)).toHaveLength(16);
  });

  it('leaves out the commit before where none was named', () => {
    const alone: Results = new Map([...results].filter(([name]) => !/(Now|Before)$/.test(name)));

    expect(judge(alone).map(({ name }) => name)).not.toContainEqual(expect.stringContaining('before'));
    expect(judge(alone)).toHaveLength(20);
  });

  it('holds sign-in and refresh against the commit before, and shows the rest of it without a goal', () => {
    const slower = ['loginNow', 'refreshNow', 'meNow'] as const;
    const rows = judge(new Map([...results, ...slower.map((name): [SeriesName, number[]] => [name, [96.9]])]));
    const against = (operation: string) =>
      rows.find(({ name }) => name === `Fluxgate ${operation} against the commit before`);

    expect(against('login')).toMatchObject({ ours: 96.9, against: 100, ratio: 0.969, met: false });
    expect(against('refresh')).toMatchObject({ met: false });
    expect(against('me')).toMatchObject({ ratio: 0.969, goal: null, met: true });
  });

  it('prints a ratio without a goal as such, at the terminal and in the documentation', () => {
    const rows = judge(results).filter(({ name }) => name === 'Fluxgate me against the commit before');

    expect(tableOf(rows)).toMatch(/Fluxgate me against the commit before +100 +100 +per second +1 +none$/);
    expect(rows.map(measuredRow)).toEqual([
      ['Fluxgate me against the commit before', '100 per second', '100', '1', NO_GOAL],
    ]);
  });

  it('draws a page of every ratio, and of those with a goal how far they are from it', () => {
    const page = benchPage(results, MACHINE, readBenchSettings([]), 'abc <1>', 'today');
    const text = renderPage(page);

    expect(page.method).toContainEqual(expect.stringContaining('abc <1>'));
    expect(text).toContain('abc &lt;1&gt;');
    expect(text).toContain('<td>none</td>');
    expect(page.sections[0]?.chart).toContain('Fluxgate login against the commit before');
    expect(page.sections[0]?.chart).not.toContain('Fluxgate me against the commit before');
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });
});
