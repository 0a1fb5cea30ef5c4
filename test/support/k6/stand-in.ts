import process from 'node:process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { run, type RunReport } from './run.ts';

/**
 * A stand-in for k6: executes a load script against a running gateway, to show that it works. It is not k6.
 *
 *     node test/support/k6/stand-in.ts [--options-only] [-e NAME=value]… script.ts
 */
const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { env: { type: 'string', short: 'e', multiple: true }, 'options-only': { type: 'boolean' } },
  allowPositionals: true,
});
const env = (values.env ?? []).map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)] as const);

const optionsOnly = values['options-only'] ?? false;
const report = await run({
  script: resolve(positionals[0] ?? ''),
  env: Object.fromEntries(env) as Record<string, string>,
  optionsOnly,
});
process.stdout.write(`${linesOf(report).join('\n')}\n`);
process.exit(report.problems.exitCode());

function linesOf({ problems, iterations, requests, checksPassed, judged }: RunReport): readonly string[] {
  const done = optionsOnly
    ? 'options read'
    : `${iterations} iterations, ${requests} requests, ${checksPassed} checks passed`;
  const unjudged = judged.filter(({ outcome }) => outcome === 'unjudged').length;
  const left = optionsOnly ? 'nothing executed' : `${unjudged} thresholds left to a real k6`;
  return [
    ...problems.found.map(({ kind, message }) => `FAIL [${kind}] ${message}`),
    `stand-in for k6: ${done}, ${problems.found.length} problems; no load, no timings, ${left}`,
  ];
}
