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
