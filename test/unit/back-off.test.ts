import { createBackOff } from '../../src/cli/workers/back-off.js';

const MINUTE_MS = 60_000;

describe('the pause before a worker is replaced', () => {
  it('doubles while workers die young, up to half a minute', () => {
    const { pauseMs } = createBackOff();
    const pauses = Array.from({ length: 11 }, () => pauseMs(0));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('is none for one that has served for a minute, and begins anew after it', () => {
    const { pauseMs } = createBackOff();
    expect([0, 0, MINUTE_MS, MINUTE_MS - 1, 0].map(pauseMs)).toEqual([100, 200, 0, 100, 200]);
  });
});
