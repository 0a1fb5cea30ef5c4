import type { Scenario } from './scenario.ts';
import { FAIL_OVERS } from './scenarios/fail-overs.ts';
import { FEED } from './scenarios/feed.ts';
import { GATEWAYS } from './scenarios/gateways.ts';
import { HINDRANCES } from './scenarios/hindrances.ts';
import { KILLS } from './scenarios/kills.ts';
import { OUTAGES } from './scenarios/outages.ts';
import { OVERLOAD } from './scenarios/overload.ts';
import { REDIS } from './scenarios/redis.ts';

/** In the order in which they are shown; those that want the same stage are played one after the other. */
export const SCENARIOS: readonly Scenario[] = [
  ...OUTAGES,
  ...KILLS,
  ...FAIL_OVERS,
  ...HINDRANCES,
  ...FEED,
  ...REDIS,
  ...GATEWAYS,
  ...OVERLOAD,
];
