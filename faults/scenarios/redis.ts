import { setTimeout as sleep } from 'node:timers/promises';
import { at, type Pace, type Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** What counts the limits is away: refreshing goes on. */
export const REDIS: readonly Scenario[] = [
  without('redis-killed', 'Redis killed, away for 20 s', 'SIGKILL, and started again', {
    begin: ({ redis }) => redis?.kill(),
    end: ({ redis }) => redis?.start(),
  }),
  without('redis-stopped', 'Redis frozen for 20 s', 'SIGSTOP, then SIGCONT', {
    begin: ({ redis }) => redis?.freeze(),
    end: ({ redis }) => redis?.thaw(),
  }),
  without('redis-cut', 'no way to Redis for 20 s, and no reset', 'a proxy swallows what comes, in both directions', {
    begin: ({ redisWay }) => redisWay?.blackHole(),
    end: ({ redisWay }) => redisWay?.heal(),
  }),
];

interface Absence {
  readonly begin: (stage: Stage) => Promise<void> | void;
  readonly end: (stage: Stage) => Promise<void> | void;
}

function without(name: string, fault: string, how: string, { begin, end }: Absence): Scenario {
  return {
    name,
    fault,
    how,
    needs: ['Redis'],
    stage: { redis: true },
    goals: { failedRequests: 0 },
    async inject(stage: Stage, pace: Pace) {
      await begin(stage);
      await sleep(at(pace, 20, 6) * 1000);
      await end(stage);
    },
  };
}
