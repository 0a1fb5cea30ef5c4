import type { CleanedUp } from '../../src/auth/operator/clean-up.js';
import { scheduleCleanUp } from '../../src/jobs/scheduled-clean-up.js';

const NOTHING: CleanedUp = { sessions: 0, devices: 0, importedTokens: 0, proofs: 0, events: 0, keys: 0 };
const SOME = { ...NOTHING, sessions: 1 };

/** A thousandth of a second, so that a test need not wait. */
const OFTEN_SECONDS = 0.001;

describe('the schedule of cleaning up', () => {
  it('goes on whatever fails, and tells of every round that this process did', async () => {
    const rounds = [new Error('the database is away'), null, NOTHING, SOME];
    const told: unknown[] = [];
    await new Promise<void>((resolve) => {
      const job = scheduleCleanUp({
        intervalSeconds: OFTEN_SECONDS,
        cleanUp() {
          const [outcome = null] = rounds.splice(0, 1);
          return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
        },
        onCleanedUp(removed) {
          told.push(removed);
          if (removed === SOME) void job.stop().then(resolve);
        },
        onError: (error) => told.push(String(error)),
      });
    });
    expect(told).toEqual(['Error: the database is away', NOTHING, SOME]);
  });

  it('ends after the batch that is under way', async () => {
    let batches = 0;
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const job = scheduleCleanUp({
      intervalSeconds: OFTEN_SECONDS,
      async cleanUp(pace) {
        do {
          batches += 1;
          begin();
        } while (await pace());
        return SOME;
      },
      onCleanedUp: () => undefined,
      onError: () => undefined,
    });
    await begun;
    await job.stop();
    expect(batches).toBe(1);
  });
});
