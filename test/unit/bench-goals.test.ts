import { judge } from '../../bench/report/rows.ts';
import { SERIES, type Results, type SeriesName } from '../../bench/series.ts';

const names = Object.keys(SERIES) as SeriesName[];

/** Everything measured once, as 100 of its unit. */
const results: Results = new Map(names.map((name) => [name, [100]]));

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
    expect(judge(withoutPeers)).toHaveLength(11);
  });
});
