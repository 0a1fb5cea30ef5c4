import { createOutages } from '../../src/domain/outages.js';

const MINUTE_MS = 60_000;
let nowMs = 0;
const openLog = () => createOutages(() => new Date(nowMs));

describe('outages of the database', () => {
  it('count for nothing where there was none', () => {
    expect(openLog().longestSeconds()).toBe(0);
  });

  it('count by the longest, in whole seconds', () => {
    const outages = openLog();
    for (const durationMs of [1_200, 4_100, 2_000]) outages.record(durationMs);
    expect(outages.longestSeconds()).toBe(5);
  });

  it('are forgotten fifteen minutes after they ended', () => {
    const outages = openLog();
    outages.record(9_000);
    nowMs += 10 * MINUTE_MS;
    outages.record(3_000);
    expect(outages.longestSeconds()).toBe(9);
    nowMs += 5 * MINUTE_MS;
    expect(outages.longestSeconds()).toBe(3);
    nowMs += 10 * MINUTE_MS;
    expect(outages.longestSeconds()).toBe(0);
  });
});
