import { takeAhead } from '../../src/storage/rate-limit/ahead.js';
import { insure } from '../../src/storage/rate-limit/insured.js';
import { createMemoryRateLimiters } from '../../src/storage/rate-limit/memory.js';
import type { RateLimiters } from '../../src/storage/rate-limit/rate-limiters.js';
import { spawnLimiterProcess } from '../support/limiter-process.js';
import { describeRateLimiters, POLICIES } from './rate-limits.js';

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
    const slow: RateLimiters = { hit: () => new Promise((resolve) => answers.push(() => resolve(0))) };
    const worker = spawnLimiterProcess(slow);
    await expect(worker.limiters.hit('five', 'late')).rejects.toThrow('no answer within 2000 ms');
    const next = worker.limiters.hit('five', 'next');
    for (const answer of answers) answer();
    await expect(next).rejects.toThrow('no answer within 2000 ms');
    await worker.close();
  });

  it('outlives one that ends with a hit under way', async () => {
    let count = (): void => undefined;
    const counted = new Promise<number>((resolve) => (count = () => resolve(0)));
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
    expect(await counted).toBe(0);
  });
});

describe('an insured store', () => {
  function fail(): Promise<number> {
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
    const waits = await Promise.all(Array.from({ length: 100 }, () => limiters.hit('five', 'a')));
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(5);
    expect(said).toEqual(['Error: away']);
    expect(await limiters.hit('five', 'c', 6)).toBeGreaterThan(0);

    hit = () => Promise.resolve(7);
    expect(await limiters.hit('five', 'b')).toBe(0); // it is left alone for a second
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
  const servedOf = (waits: readonly number[]) => waits.filter((waitMs) => waitMs === 0).length;

  it('are one question for many hits, at once or one after the other', async () => {
    const [limiters] = openProcesses(1);
    const waits = await Promise.all(Array.from({ length: 99 }, () => limiters!.hit('many', 'a')));
    expect(servedOf(waits)).toBe(99);
    expect(await limiters!.hit('many', 'a')).toBe(0);
    expect(asked).toEqual([100]);
    await limiters!.hit('many', 'a');
    await limiters!.hit('many', 'b');
    expect(asked).toEqual([100, 100, 100]);
  });

  it('are as many as there are: none is lost from one question to the next', async () => {
    const [limiters] = openProcesses(1);
    const waits = await Promise.all(Array.from({ length: 100 }, () => limiters!.hit('many', 'a', 60)));
    expect(servedOf(waits)).toBe(Math.floor(1_000 / 60));
    expect(waits.filter((waitMs) => waitMs > 0)).toEqual(Array(84).fill(60_000));
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
    expect(await limiters!.hit('many', 'a', 901)).toBe(0);
    expect(await limiters!.hit('many', 'a', 1)).toBe(60_000);
    expect(asked).toEqual([901, 100]);
  });

  it('end with their window', async () => {
    const [limiters] = openProcesses(1);
    await limiters!.hit('many', 'a', 40);
    nowMs = 60_000;
    await limiters!.hit('many', 'a', 60);
    expect(asked).toEqual([100, 100]);
  });

  it('are asked for again after a store has failed', async () => {
    let answers = 0;
    const failing: RateLimiters = {
      hit: () => (answers++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(0)),
    };
    const limiters = takeAhead(AHEAD, failing);
    await expect(limiters.hit('many', 'a')).rejects.toThrow('away');
    expect(await limiters.hit('many', 'a')).toBe(0);
  });
});

describe('limits in memory', () => {
  it('forget the oldest windows of a flood first, and none that could be kept', async () => {
    let nowMs = 0;
    const limiters = createMemoryRateLimiters(POLICIES, () => nowMs);
    const spend = async (identity: string) => {
      for (let hits = 0; hits < 6; hits += 1) await limiters.hit('crowd', identity);
    };
    await spend('first');
    for (let at = 0; at < 49_998; at += 1) await limiters.hit('crowd', `flood ${at}`);
    await spend('last');
    expect(await limiters.hit('crowd', 'first')).toBe(600_000);
    await limiters.hit('crowd', 'one more');
    expect(await limiters.hit('crowd', 'last')).toBe(600_000);
    expect(await limiters.hit('crowd', 'first')).toBe(0);

    nowMs = 599_999;
    expect(await limiters.hit('crowd', 'last')).toBe(1);
    nowMs = 600_000;
    expect(await limiters.hit('crowd', 'last')).toBe(0);
  });
});
