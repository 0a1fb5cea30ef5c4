import { watchStalls } from '../../src/domain/pulse/stall-watch.js';

let nowMs = 0;
const begin = () => watchStalls(() => nowMs);
type Watch = ReturnType<typeof begin>;

/** Time in which the process goes on: it looks at its clock now and then. */
function run(stalls: Watch, ms: number): void {
  for (const until = nowMs + ms; nowMs < until;) {
    nowMs += 100;
    stalls.awakeMs();
  }
}

describe('a process', () => {
  let stalls: Watch;
  beforeEach(() => {
    stalls = begin();
  });
  afterEach(() => stalls.stop());

  it('is awake for as long as it goes on', () => {
    run(stalls, 60_000);
    expect(stalls.awakeMs()).toBe(60_000);
  });

  it.each([
    ['for two seconds, as a busy one may', 2_000, 12_000],
    ['for three seconds', 3_000, 0],
  ])('that stood still %s', (_, stoodStillMs, awakeMs) => {
    run(stalls, 10_000);
    nowMs += stoodStillMs;
    expect(stalls.awakeMs()).toBe(awakeMs);
    run(stalls, 5_000);
    expect(stalls.awakeMs()).toBe(awakeMs + 5_000);
  });
});
