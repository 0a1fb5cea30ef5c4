import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inProject, ToolError } from '../tools/project.mjs';

/** How long and how hard the bench measures. Every knob is an option of the command: `npm run bench -- --rounds 9`. */
export interface BenchSettings {
  readonly rounds: number;
  readonly connections: number;
  /** Before each measurement, on the same connections; not counted. */
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
  /** Of one latency distribution: its 99th percentile needs some two thousand arrivals. */
  readonly latencySeconds: number;
  readonly arrivalsPerSecond: number;
  /** Sign-ins of known and of unknown addresses, each, over all rounds. */
  readonly tries: number;
  readonly mixedLoadSeconds: number;
  readonly withPeers: boolean;
  /** A commit of ours, as git takes its name, that is measured in the same rounds; null without. */
  readonly before: string | null;
  /** Where the page and the numbers go. */
  readonly outputFolder: string;
}

const FULL = { rounds: 5, warmUp: 2, measure: 5, latency: 10, tries: 1000, mixed: 60 };
const QUICK = { rounds: 1, warmUp: 1, measure: 2, latency: 2, tries: 20, mixed: 3 };

/** `--quick` is a smoke test: it shows that everything runs, its numbers are worth nothing and stay out of docs/. */
export function readBenchSettings(args: readonly string[]): BenchSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      before: { type: 'string' },
      rounds: { type: 'string' },
      connections: { type: 'string', default: '16' },
      'warm-up-seconds': { type: 'string' },
      'measure-seconds': { type: 'string' },
      'latency-seconds': { type: 'string' },
      'arrivals-per-second': { type: 'string', default: '200' },
      tries: { type: 'string' },
      'mixed-load-seconds': { type: 'string' },
      output: { type: 'string' },
    },
  });
  const preset = values.quick ? QUICK : FULL;
  return {
    rounds: positive('rounds', values.rounds, preset.rounds),
    connections: positive('connections', values.connections, 16),
    warmUpSeconds: positive('warm-up-seconds', values['warm-up-seconds'], preset.warmUp),
    measureSeconds: positive('measure-seconds', values['measure-seconds'], preset.measure),
    latencySeconds: positive('latency-seconds', values['latency-seconds'], preset.latency),
    arrivalsPerSecond: positive('arrivals-per-second', values['arrivals-per-second'], 200),
    tries: positive('tries', values.tries, preset.tries),
    mixedLoadSeconds: positive('mixed-load-seconds', values['mixed-load-seconds'], preset.mixed),
    withPeers: values.peers,
    before: values.before ?? null,
    outputFolder: outputFolder(values.output, values.quick),
  };
}

export function outputFolder(given: string | undefined, quick: boolean): string {
  return given ?? (quick ? join(tmpdir(), 'fluxgate-bench') : inProject('docs/benchmarks'));
}

/** @throws ToolError when the option is no number above zero. */
export function positive(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0)) throw new ToolError(`--${name} is "${text}": give a number above zero.`);
  return value;
}
