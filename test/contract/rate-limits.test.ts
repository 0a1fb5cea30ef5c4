import { takeAhead } from '../../src/storage/rate-limit/ahead.js';
import { insure } from '../../src/storage/rate-limit/insured.js';
import { createMemoryRateLimiters } from '../../src/storage/rate-limit/memory.js';
import type { Hit, RateLimiters } from '../../src/storage/rate-limit/rate-limiters.js';
import { spawnLimiterProcess } from '../support/limiter-process.js';
import { describeRateLimiters, POLICIES } from './rate-limits.js';

const PASSED: Hit = { waitMs: 0, leftPoints: 4, endsInMs: 60_000, isFirstRefused: false };

describeRateLimiters('in memory', () =>
  Promise.resolve({
    limiters: [createMemoryRateLimiters(POLICIES)],
    identities: { before: 60_000, more: 140_000 },
    close: () => Promise.resolve(),
  }),
);

describeRateLimiters('by one process for two others', async () => {
  const counting = createMemoryRateLimiters(POLICIES);
  for (let at = 0; at < 50_000; at += 1) await counting.hit('crowd', `before ${at}`);
  const processes = [spawnLimiterProcess(counting), spawnLimiterProcess(counting)];
  return {
    limiters: processes.map(({ limiters }) => limiters),
    identities: { before: 1_000, more: 20_000 },
    close: async () => void (await Promise.all(processes.map((one) => one.close()))),
  };
});

describe('a process that counts for another', () => {
  it('is an error when it does not answer, and its late answer is for nobody', async () => {
    const answers: (() => void)[] = [];
    const slow: RateLimiters = { hit: () => new Promise((resolve) => answers.push(() => resolve(PASSED))) };
    const worker = spawnLimiterProcess(slow);
    await expect(worker.limiters.hit('five', 'late')).rejects.toThrow('no answer within 2000 ms');
    const next = worker.limiters.hit('five', 'next');
    for (const answer of answers) answer();
    await expect(next).rejects.toThrow('no answer within 2000 ms');
    await worker.close();
  });

  it('outlives one that ends with a hit under way', async () => {
    let count = (): void => undefined;
    const counted = new Promise<Hit>((resolve) => (count = () => resolve(PASSED)));
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const worker = spawnLimiterProcess({
      hit() {
        arrive();
        return counted;
      },
    });
    void worker.limiters.hit('five', 'gone').catch(() => undefined);
    await arrived;
    await worker.close();
    count();
    expect(await counted).toEqual(PASSED);
  });
});

describe('an insured store', () => {
  function fail(): Promise<Hit> {
    return Promise.reject(new Error('away'));
  }

  it('is never unlimited and never fails: the insurance counts while it is away, and it counts again once it is back', async () => {
    const said: string[] = [];
    let hit = fail;
    const limiters = insure(
      { hit: () => hit() },
      {
        insurance: createMemoryRateLimiters(POLICIES),
        onAway: (error) => said.push(String(error)),
        onBack: () => said.push('back'),
      },
    );
    const hits = await Promise.all(Array.from({ length: 100 }, () => limiters.hit('five', 'a')));
    expect(hits.filter(({ waitMs }) => waitMs === 0)).toHaveLength(5);
    expect(said).toEqual(['Error: away']);
    expect((await limiters.hit('five', 'c', 6)).waitMs).toBeGreaterThan(0);

    hit = () => Promise.resolve({ ...PASSED, waitMs: 7 });
    expect((await limiters.hit('five', 'b')).waitMs).toBe(0); // it is left alone for a second
  });
});

describeRateLimiters('ahead, where a policy lets them', () => {
  const counting = createMemoryRateLimiters(POLICIES);
  return Promise.resolve({
    limiters: [takeAhead(POLICIES, counting), takeAhead(POLICIES, counting)],
    identities: { before: 120_000, more: 60_000 }, // each sees a half
    close: () => Promise.resolve(),
  });
});

describe('points that are taken ahead', () => {
  const AHEAD = { many: { points: 1_000, windowSeconds: 60, aheadPoints: 100 } };
  let nowMs = 0;
  let asked: (number | undefined)[] = [];

  /** Processes that count in one store. */
  function openProcesses(count: number): RateLimiters[] {
    [nowMs, asked] = [0, []];
    const counting = createMemoryRateLimiters(AHEAD, () => nowMs);
    const store: RateLimiters = {
      hit(policy, identity, points) {
        asked.push(points);
        return counting.hit(policy, identity, points);
      },
    };
    return Array.from({ length: count }, () => takeAhead(AHEAD, store, () => nowMs));
  }
  const servedOf = (hits: readonly Hit[]) => hits.filter(({ waitMs }) => waitMs === 0).length;

  it('are one question for many hits, at once or one after the other', async () => {
    const [limiters] = openProcesses(1);
    const hits = await Promise.all(Array.from({ length: 99 }, () => limiters!.hit('many', 'a')));
    expect(servedOf(hits)).toBe(99);
    expect(await limiters!.hit('many', 'a')).toEqual({ ...PASSED, leftPoints: 900 });
    expect(asked).toEqual([100]);
    await limiters!.hit('many', 'a');
    await limiters!.hit('many', 'b');
    expect(asked).toEqual([100, 100, 100]);
  });

  it('are as many as there are: none is lost from one question to the next', async () => {
    const [limiters] = openProcesses(1);
    const hits = await Promise.all(Array.from({ length: 100 }, () => limiters!.hit('many', 'a', 60)));
    expect(servedOf(hits)).toBe(Math.floor(1_000 / 60));
    expect(hits.map(({ waitMs }) => waitMs).filter((waitMs) => waitMs > 0)).toEqual(Array(84).fill(60_000));
    expect(hits.filter(({ isFirstRefused }) => isFirstRefused)).toHaveLength(1);
  });

  it('are never more than there are, whatever number of processes is asked at once', async () => {
    const processes = openProcesses(4);
    const hits = Array.from({ length: 400 }, (_, nth) => processes[nth % 4]!.hit('many', 'a', 7));
    const points = 7 * servedOf(await Promise.all(hits));
    expect(points).toBeLessThanOrEqual(1_000);
    expect(points).toBeGreaterThan(1_000 - 4 * 107);
  });

  it('are not for a hit that takes more, which is counted as it comes', async () => {
    const [limiters] = openProcesses(1);
    expect(await limiters!.hit('many', 'a', 901)).toEqual({ ...PASSED, leftPoints: 99 });
    expect((await limiters!.hit('many', 'a', 1)).waitMs).toBe(60_000);
    expect(asked).toEqual([901, 100]);
  });

  it('end with their window, whenever in it they were taken', async () => {
    const [one, other] = openProcesses(2);
    await one!.hit('many', 'a', 40);
    nowMs = 59_000;
    expect(await other!.hit('many', 'a', 40)).toMatchObject({ leftPoints: 860, endsInMs: 1_000 });
    nowMs = 60_000;
    await one!.hit('many', 'a', 60);
    await other!.hit('many', 'a', 60);
    expect(asked).toEqual([100, 100, 100, 100]);
  });

  it('are asked for again after a store has failed', async () => {
    let answers = 0;
    const failing: RateLimiters = {
      hit: () => (answers++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(PASSED)),
    };
    const limiters = takeAhead(AHEAD, failing);
    await expect(limiters.hit('many', 'a')).rejects.toThrow('away');
    expect((await limiters.hit('many', 'a')).waitMs).toBe(0);
  });
});

describe('limits in memory', () => {
  it('forget the oldest windows of a flood first, and none that could be kept', async () => {
    let nowMs = 0;
    const limiters = createMemoryRateLimiters(POLICIES, () => nowMs);
    const spend = async (identity: string) => {
      for (let hits = 0; hits < 6; hits += 1) await limiters.hit('crowd', identity);
    };
    const waitOf = async (identity: string) => (await limiters.hit('crowd', identity)).waitMs;
    await spend('first');
    for (let at = 0; at < 49_998; at += 1) await limiters.hit('crowd', `flood ${at}`);
    await spend('last');
    expect(await waitOf('first')).toBe(600_000);
    await limiters.hit('crowd', 'one more');
    expect(await waitOf('last')).toBe(600_000);
    expect(await waitOf('first')).toBe(0);

    nowMs = 599_999;
    expect(await waitOf('last')).toBe(1);
    nowMs = 600_000;
    expect(await waitOf('last')).toBe(0);
  });
});
