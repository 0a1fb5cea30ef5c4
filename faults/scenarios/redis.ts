import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** What counts the limits is away: refreshing goes on. */
export const REDIS: readonly Scenario[] = [
  without('redis-killed', 'Redis killed, away for {size} s', 'SIGKILL, and started again', {
    begin: ({ redis }) => redis?.kill(),
    end: ({ redis }) => redis?.start(),
  }),
  without('redis-stopped', 'Redis frozen for {size} s', 'SIGSTOP, then SIGCONT', {
    begin: ({ redis }) => redis?.freeze(),
    end: ({ redis }) => redis?.thaw(),
  }),
  without(
    'redis-cut',
    'no way to Redis for {size} s, and no reset',
    'a proxy swallows what comes, in both directions',
    {
      begin: ({ redisWay }) => redisWay?.blackHole(),
      end: ({ redisWay }) => redisWay?.heal(),
    },
  ),
];

interface Absence {
  readonly begin: (stage: Stage) => Promise<void> | void;
  readonly end: (stage: Stage) => Promise<void> | void;
}

function without(name: string, fault: string, how: string, { begin, end }: Absence): Scenario {
  return {
    name,
    fault,
    size: { full: 20, quick: 6 },
    how,
    needs: ['Redis'],
    stage: { redis: true },
    goals: { failedRequests: 0 },
    async inject(stage: Stage, size: number) {
      await begin(stage);
      await sleep(size * 1000);
      await end(stage);
    },
  };
}
