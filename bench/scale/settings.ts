import { parseArgs } from 'node:util';
import { outputFolder, positive } from '../settings.ts';

export interface ScaleSettings {
  /** Each ten times the one before it, from the smallest up. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
  readonly outputFolder: string;
}

const SMALLEST_SESSIONS = 100_000;
const DEFAULT_LARGEST_SESSIONS = 1_000_000;

/** `--up-to 10000000` for the largest, which takes some 6 GB below the system's temporary folder and minutes to fill. */
export function readScaleSettings(args: readonly string[]): ScaleSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'up-to': { type: 'string' },
      from: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string' },
      'warm-up-seconds': { type: 'string' },
      'measure-seconds': { type: 'string' },
      output: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const smallest = positive('from', values.from, quick ? SMALLEST_SESSIONS / 100 : SMALLEST_SESSIONS);
  const largest = positive('up-to', values['up-to'], quick ? SMALLEST_SESSIONS / 10 : DEFAULT_LARGEST_SESSIONS);
  return {
    sizes: Array.from({ length: 1 + Math.round(Math.log10(largest / smallest)) }, (_, nth) => smallest * 10 ** nth),
    rounds: positive('rounds', values.rounds, quick ? 1 : 5),
    connections: positive('connections', values.connections, 16),
    warmUpSeconds: positive('warm-up-seconds', values['warm-up-seconds'], 1),
    measureSeconds: positive('measure-seconds', values['measure-seconds'], quick ? 1 : 5),
    outputFolder: outputFolder(values.output, quick),
  };
}
