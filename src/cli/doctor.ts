import { Command } from 'commander';
import type { Secrets } from '../domain/key-derivation.js';
import { StartupError } from '../errors.js';
import { existingData } from '../installation/embedded-postgres/data-folder.js';
import { checkConfiguration } from './doctor/configuration.js';
import { checkCookies } from './doctor/cookies.js';
import { examineDatabase } from './doctor/examine-database.js';
import { ok, refused, type Finding } from './doctor/finding.js';
import { checkProviders } from './doctor/providers.js';
import { checkProxy } from './doctor/proxy.js';
import { checkRedis } from './doctor/redis.js';
import { checkSecret } from './doctor/secret.js';
import { examples } from './help.js';
import { openEmbedded } from './open-database.js';
import { show, type OutputOptions } from './output.js';
import { runCommand, type Given } from './run-command.js';
import { secretOf } from './secret.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate doctor', 'fluxgate doctor --json'))
    .action(doctor);
}

async function doctor(options: OutputOptions): Promise<void> {
  const findings = await examine();
  if (options.json) {
    const rows = findings.map((finding) => ({ ...finding }));
    show(rows, options);
  } else process.stdout.write(report(findings));
  if (findings.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
}

/** In the order in which one thing needs the other: what cannot be reached is not examined. */
async function examine(): Promise<Finding[]> {
  const { config, findings } = checkConfiguration();
  if (config === null) return [...findings];
  const found = [
    ...findings,
    checkProxy(config),
    ...checkCookies(config),
    ...(await checkProviders(config)),
    ...(await checkRedis(config)),
  ];
  await runCommand(async (given) => {
    found.push(...(await examineStored(given)));
    await given.shutdown.release();
  });
  return found;
}

/** The secret and the database. What is not there yet is not made. */
async function examineStored(given: Given): Promise<Finding[]> {
  const { config, log, shutdown } = given;
  if (config.databaseUrl === null && (await existingData(config.dataDir)) === null)
    return [ok('database', 'the embedded one, which the first start makes')];

  const { secrets, finding } = await examineSecret(given);
  if (config.databaseUrl === null && secrets === null) return [finding]; // the embedded one does not start without
  try {
    const url = config.databaseUrl ?? (await openEmbedded(config, log, shutdown));
    return [finding, ...(await examineDatabase({ url, setting: 'DATABASE_URL' }, config, secrets))];
  } catch (error) {
    if (error instanceof StartupError) return [finding, refused('database', error)];
    throw error;
  }
}

async function examineSecret({
  config,
  log,
}: Given): Promise<{ readonly secrets: Secrets | null; readonly finding: Finding }> {
  try {
    return checkSecret(await secretOf(config, log), config);
  } catch (error) {
    if (error instanceof StartupError) return { secrets: null, finding: refused('secret', error) };
    throw error;
  }
}

const MARKS = { ok: 'ok', warning: 'WARNING', failed: 'FAILED' } as const;

function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, outcome, saw, advice }) => {
      const indent = ' '.repeat(width + 11);
      const line = `${MARKS[outcome].padEnd(9)}${check.padEnd(width)}  ${saw}\n`;
      return advice === null ? line : `${line}${indent}-> ${advice}\n`;
    })
    .join('');
}
