import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

const DAY_SECONDS = 86_400;
/** More than the longest life of an access token (1 day), and than any grace window. */
const SHORTEST_RETENTION_DAYS = 2;
const LONGEST_RETENTION_DAYS = 3_650;

export interface CleanUpValues {
  /** 0: never. */
  readonly cleanUpIntervalSeconds: number;
  readonly sessionRetentionDays: number;
  readonly eventRetentionDays: number;
}

export const cleanUpSettings: SettingsOf<CleanUpValues> = {
  cleanUpIntervalSeconds: {
    name: 'FLUXGATE_CLEANUP_INTERVAL',
    parse: parse.wholeSeconds(0, 7 * DAY_SECONDS),
    unset: () => 3_600,
    meaning: 'Seconds after which a gateway removes what ended long ago; 0 leaves it to `fluxgate cleanup`.',
  },
  sessionRetentionDays: {
    name: 'FLUXGATE_SESSION_RETENTION_DAYS',
    parse: parse.wholeNumber(SHORTEST_RETENTION_DAYS, LONGEST_RETENTION_DAYS),
    unset: () => 90,
    meaning: 'Days for which a session is kept, at least, once it has ended; its device goes with the last one.',
  },
  eventRetentionDays: {
    name: 'FLUXGATE_EVENT_RETENTION_DAYS',
    parse: parse.wholeNumber(SHORTEST_RETENTION_DAYS, LONGEST_RETENTION_DAYS),
    unset: () => 365,
    meaning: 'Days for which security events are kept.',
  },
};
