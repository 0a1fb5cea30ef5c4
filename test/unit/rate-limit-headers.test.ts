import { rateLimitHeaders, tighter, type Spent } from '../../src/transport/edge/rate-limit-headers.js';

function spent(name: string, leftPoints: number, points: number, endsInMs = 30_000): Spent {
  return { name, policy: { points, windowSeconds: 60 }, hit: { leftPoints, endsInMs } };
}

describe('what an answer tells of a limit', () => {
  it.each<[what: string, told: Spent, policy: string, limit: string]>([
    ['some points', spent('read.user', 11_993, 12_000), '"read.user";q=12000;w=60', '"read.user";r=11993;t=30'],
    ['none', spent('session.end', 0, 60, 60_000), '"session.end";q=60;w=60', '"session.end";r=0;t=60'],
    ['a second that has begun', spent('session.end', 1, 60, 1), '"session.end";q=60;w=60', '"session.end";r=1;t=1'],
    ['an IPv6 network', spent('read.ip/56', 1, 2), '"read.ip/56";q=2;w=60', '"read.ip/56";r=1;t=30'],
  ])('is in points and whole seconds: %s', (_what, told, policy, limit) => {
    expect(rateLimitHeaders(told)).toEqual({ 'ratelimit-policy': policy, ratelimit: limit });
  });

  it.each<[what: string, one: Spent | null, other: Spent, name: string]>([
    ['the only one', null, spent('b', 1, 1), 'b'],
    ['less of its points, though more of them', spent('a', 19, 20), spent('b', 40, 60), 'b'],
    ['and the other way round', spent('a', 40, 60), spent('b', 19, 20), 'a'],
    ['as little, for longer', spent('a', 0, 20, 1_000), spent('b', 0, 60, 2_000), 'b'],
    ['and that the other way round', spent('a', 0, 20, 2_000), spent('b', 0, 60, 1_000), 'a'],
  ])('is the tightest of several: %s', (_what, one, other, name) => {
    expect(tighter(one, other).name).toBe(name);
  });
});
