import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export interface ProcessValues {
  /** null: limits are counted in memory. */
  readonly redisUrl: string | null;
}

export const processSettings: SettingsOf<ProcessValues> = {
  redisUrl: {
    name: 'REDIS_URL',
    parse: parse.redisUrl,
    unset: () => null,
    default: 'none',
    meaning:
      'Redis or Valkey 7, in which gateways share their limits: `redis://USER:PASSWORD@HOST:PORT/NUMBER`, or `rediss://` for TLS.',
    isSecret: true,
  },
};
