import { createBackOff } from '../../src/cli/workers/back-off.js';

const MINUTE_MS = 60_000;

describe('the pause before a worker is replaced', () => {
  it('doubles while workers die young, up to half a minute', () => {
    const { pauseMs } = createBackOff();
    const pauses = Array.from({ length: 11 }, () => pauseMs(0, true));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('is none for one that has served for a minute, and begins anew after it', () => {
    const { pauseMs } = createBackOff();
    expect([0, 0, MINUTE_MS, MINUTE_MS - 1, 0].map((ms) => pauseMs(ms, true))).toEqual([100, 200, 0, 100, 200]);
  });

  it('is none for the last one that served, however many have died', () => {
    const { pauseMs } = createBackOff();
    for (let death = 0; death < 9; death += 1) pauseMs(0, true);
    expect(pauseMs(0, false)).toBe(0);
  });

  it('is a second at most while nobody serves and none can start', () => {
    const { pauseMs } = createBackOff();
    const pauses = Array.from({ length: 6 }, () => pauseMs(null, false));
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });
});
