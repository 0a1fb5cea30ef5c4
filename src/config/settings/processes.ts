import { availableParallelism } from 'node:os';
import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export interface ProcessValues {
  /** null: limits are counted in memory. */
  readonly redisUrl: string | null;
  /** 1: the process serves by itself. */
  readonly workers: number;
}

const wholeCount = parse.wholeNumber(1, 64);

function workerCount(text: string): parse.Parsed<number> {
  const count = wholeCount(text);
  return 'value' in count ? count : { refused: count.refused.replace('use ', 'use auto, or ') };
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
  workers: {
    name: 'FLUXGATE_WORKERS',
    parse: (text) => (text === 'auto' ? { value: availableParallelism() } : workerCount(text)),
    unset: () => 1,
    meaning: 'Processes that serve, or `auto` for one a core; as `fluxgate serve --workers`.',
  },
};
