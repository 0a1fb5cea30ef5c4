import { jest } from '@jest/globals';
import { watchStalls } from '../../src/domain/pulse/stall-watch.js';

let nowMs = 0;
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Time in which the process runs its timers. */
function run(ms: number): void {
  for (const until = nowMs + ms; nowMs < until;) {
    nowMs += 100;
    jest.advanceTimersByTime(100);
  }
}

describe('a process', () => {
  it('is awake for as long as its timers come', () => {
    const stalls = watchStalls(() => nowMs);
    run(60_000);
    expect(stalls.awakeMs()).toBe(60_000);
    stalls.stop();
  });

  it.each([
    ['for two seconds, as a busy one may', 2_000, 12_000],
    ['for three seconds', 3_000, 0],
  ])('that stood still %s', (_, stoodStillMs, awakeMs) => {
    const stalls = watchStalls(() => nowMs);
    run(10_000);
    nowMs += stoodStillMs;
    expect(stalls.awakeMs()).toBe(awakeMs); // asked before any timer has come
    run(5_000);
    expect(stalls.awakeMs()).toBe(awakeMs + 5_000);
    stalls.stop();
  });
});
