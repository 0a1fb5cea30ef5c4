import { parseArgs } from 'node:util';
import { positive } from '../bench/settings.ts';
import { ToolError } from '../tools/project.mjs';

/** What the command does: fuzz for some minutes, or send hostile requests beside an honest client. */
export type FuzzSettings =
  | { readonly mode: 'minutes'; readonly minutes: number; readonly seed: number }
  | {
      readonly mode: 'hostile';
      readonly requests: number;
      readonly requestsPerSecond: number;
      readonly quietSeconds: number;
    };

const MAX_SEED = 2 ** 31 - 1;

/** @throws ToolError when an option is no number above zero, or both are asked for. */
export function readFuzzSettings(args: readonly string[], newSeed: () => number = randomSeed): FuzzSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      hostile: { type: 'string' },
      'requests-per-second': { type: 'string' },
      'quiet-seconds': { type: 'string' },
      seed: { type: 'string' },
    },
  });
  if (values.minutes !== undefined && values.hostile !== undefined)
    throw new ToolError('Give --minutes or --hostile: one of them.');
  const seed = values.seed === undefined ? newSeed() : Math.floor(positive('seed', values.seed, 1));
  if (values.hostile === undefined) return { mode: 'minutes', minutes: positive('minutes', values.minutes, 1), seed };
  return {
    mode: 'hostile',
    requests: Math.floor(positive('hostile', values.hostile, 10_000)),
    requestsPerSecond: positive('requests-per-second', values['requests-per-second'], 100),
    quietSeconds: positive('quiet-seconds', values['quiet-seconds'], 20),
  };
}

function randomSeed(): number {
  return 1 + Math.floor(Math.random() * (MAX_SEED - 1));
}
