import { MOST_COUNTED_SESSIONS } from '../../storage/entities/user.js';
import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 366 * DAY_SECONDS;

export interface SessionValues {
  readonly accessTtlSeconds: number;
  readonly refreshIdleTtlSeconds: number;
  readonly refreshAbsoluteTtlSeconds: number;
  readonly refreshGraceSeconds: number;
  readonly refreshOutageGraceSeconds: number;
  /** Live ones of one account. */
  readonly sessionLimit: number;
}

export const sessionSettings: SettingsOf<SessionValues> = {
  accessTtlSeconds: {
    name: 'FLUXGATE_ACCESS_TTL',
    parse: parse.wholeSeconds(1, DAY_SECONDS),
    unset: () => 900,
    meaning: 'Seconds an access token lives.',
  },
  refreshIdleTtlSeconds: {
    name: 'FLUXGATE_REFRESH_IDLE_TTL',
    parse: parse.wholeSeconds(1, YEAR_SECONDS),
    unset: () => 7 * DAY_SECONDS,
    meaning: 'Seconds without a refresh after which a session ends.',
  },
  refreshAbsoluteTtlSeconds: {
    name: 'FLUXGATE_REFRESH_ABSOLUTE_TTL',
    parse: parse.wholeSeconds(1, 10 * YEAR_SECONDS),
    unset: () => 30 * DAY_SECONDS,
    meaning: 'Seconds after which a session ends however it is used.',
  },
  refreshGraceSeconds: {
    name: 'FLUXGATE_REFRESH_GRACE',
    parse: parse.wholeSeconds(0, 600),
    unset: () => 30,
    meaning: 'Seconds in which a refresh can be repeated, because its answer was lost.',
  },
  refreshOutageGraceSeconds: {
    name: 'FLUXGATE_REFRESH_OUTAGE_GRACE',
    parse: parse.wholeSeconds(0, 900),
    unset: () => 600,
    meaning: 'Seconds by which that time is longer at most, where the database was away meanwhile.',
  },
  sessionLimit: {
    name: 'FLUXGATE_SESSION_LIMIT',
    parse: parse.wholeNumber(1, MOST_COUNTED_SESSIONS),
    unset: () => 100,
    meaning: 'Live sessions of one account, at most. Another sign-in ends an older one, or is refused.',
  },
};
