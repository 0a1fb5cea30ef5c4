import { setTimeout as sleep } from 'node:timers/promises';
import { FEED_LIMIT_MS } from '../judge.ts';
import type { Goals, Scenario } from '../scenario.ts';

const HEARD: Goals = { revokedElsewhereMs: FEED_LIMIT_MS };
const TERMINATE = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'fluxgate feed'`;

/** Gateways hear late of what others revoke. */
export const FEED: readonly Scenario[] = [
  {
    name: 'feed-black-holed',
    fault: "the feed's connection swallowed alone for {size} s",
    size: { full: 30, quick: 10 },
    how: 'a proxy of its own swallows it in both directions; all else goes on',
    stage: { proxied: true },
    quick: true,
    goals: HEARD,
    async inject({ feedWays }, size) {
      for (const way of feedWays) way.blackHole();
      await sleep(size * 1000);
      for (const way of feedWays) way.heal();
    },
  },
  {
    name: 'feed-terminated',
    fault: "the feed's connection terminated {size} times",
    size: { full: 90, quick: 15 },
    how: 'pg_terminate_backend, three times a second: notifications meanwhile are lost',
    stage: { proxied: true },
    goals: HEARD,
    async inject({ primary }, size) {
      for (let nth = 0; nth < size; nth++) {
        await primary.ask(TERMINATE);
        await sleep(333);
      }
    },
  },
];
