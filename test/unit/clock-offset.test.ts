import { createClockOffset } from '../../src/domain/clock-offset.js';

describe('how far the clock is from the database’s', () => {
  it.each([
    ['together', [10_000, 10_020, 10_040], 0, []],
    ['a little apart', [14_000, 10_000, 14_000], 4, []],
    ['ahead', [310_000, 10_010, 310_020], 300, [300]],
    ['behind', [10_000, 310_050, 10_100], -300, [-300]],
    ['not known, where the answer took too long', [10_000, 310_000, 11_001], 0, []],
  ] as const)('is seen by a question and its answer: %s', (_, [asked, database, answered], seconds, told) => {
    const apart: number[] = [];
    const offset = createClockOffset((ahead) => apart.push(ahead));
    offset.see(asked, database, answered);
    expect(offset.aheadSeconds()).toBe(seconds);
    expect(apart).toEqual(told);
  });

  it('is told once for a while', () => {
    const apart: number[] = [];
    const offset = createClockOffset((ahead) => apart.push(ahead));
    for (const askedAtMs of [310_000, 310_100, 359_000, 370_000]) offset.see(askedAtMs, askedAtMs - 300_000, askedAtMs);
    expect(apart).toEqual([300, 300]);
  });
});
