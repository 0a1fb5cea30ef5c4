import { createReadStream, statSync, type Stats } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import type { ImportCounts, ImportOptions, Line } from '../auth/operator/import-users.js';
import { StartupError } from '../errors.js';
import { openOrm } from '../storage/orm.js';
import { openDatabase } from './open-database.js';
import { readLines } from './read-lines.js';
import { openRefusalReport, type RefusalReport } from './refusal-report.js';
import { runCommand, type Given } from './run-command.js';

interface ImportArguments {
  readonly dryRun?: boolean;
  /** Where the refused lines go; beside the file when not given. */
  readonly report?: string;
}

interface Import<Counts extends ImportCounts> {
  (em: EntityManager, lines: AsyncIterable<Line>, options: ImportOptions): Promise<Counts>;
}

/** What an operator should know of what was imported; null: nothing. */
type Remark<Counts> = (counts: Counts) => string | null;

interface Source {
  readonly path: string;
  readonly sizeBytes: number;
  readonly report: RefusalReport;
  readonly dryRun: boolean;
}

const NOT_DONE_EXIT_CODE = 1;
const SOME_REFUSED_EXIT_CODE = 2;

export function importCommand<Counts extends ImportCounts>(
  description: string,
  run: Import<Counts>,
  remark: Remark<Counts> = () => null,
): Command {
  return new Command('import')
    .description(`${description}; safe to run again where it was stopped`)
    .argument('<file>', 'JSON lines: one object a line')
    .option('--dry-run', 'say what would happen and keep nothing')
    .option('--report <path>', 'where refused lines go (default: <file>.refused.jsonl)')
    .action((path: string, given: ImportArguments) => importFile(path, given, run, remark));
}

/**
 * Imports a file, with a progress bar at a terminal. The exit code is 0 when every line is there, 2 when some were
 * refused, and 1 when it did not come to the end.
 *
 * @throws StartupError
 */
async function importFile<Counts extends ImportCounts>(
  path: string,
  { dryRun = false, report: given }: ImportArguments,
  run: Import<Counts>,
  remark: Remark<Counts>,
): Promise<void> {
  const stats = await findFile(path);
  const reportPath = given ?? `${path}.refused.jsonl`;
  if (isSameFile(reportPath, stats))
    throw new StartupError(`${reportPath} is the file to import: name another for the report.`);

  process.exitCode = NOT_DONE_EXIT_CODE; // what a signal in the middle ends with
  await runCommand(async (command) => {
    const report = openRefusalReport(reportPath);
    const counts = await runImport(command, { path, sizeBytes: stats.size, report, dryRun }, run);
    process.stdout.write(summary(counts, dryRun, reportPath, remark(counts)));
    process.exitCode = counts.refused > 0 ? SOME_REFUSED_EXIT_CODE : 0;
    await command.shutdown.release();
  });
}

async function runImport<Counts extends ImportCounts>(
  { config, log, shutdown }: Given,
  source: Source,
  run: Import<Counts>,
): Promise<Counts> {
  const { path, sizeBytes, report, dryRun } = source;
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {read} lines | {refused} refused | {eta_formatted} left',
  });
  try {
    const orm = await openOrm(await openDatabase(config, log, shutdown), config);
    shutdown.onRelease(() => orm.close(true));
    const input = createReadStream(path);
    if (sizeBytes > 0) bar.start(sizeBytes, 0, { read: 0, refused: 0 });
    return await run(orm.em.fork(), readLines(input), {
      dryRun,
      onProgress: ({ read, refused }) => bar.update(input.bytesRead, { read, refused }),
      onRefused: (refused) => report.write(refused),
    });
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The import stopped: ${reason}. Run it again, and it goes on.`, { cause: error });
  } finally {
    bar.stop();
    report.close();
  }
}

async function findFile(path: string): Promise<Stats> {
  try {
    await access(path, constants.R_OK);
    const stats = await stat(path);
    if (stats.isFile()) return stats;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new StartupError(`There is no file ${path}.`);
    throw new StartupError(`${path} cannot be read (${code ?? message}).`, { cause: error });
  }
  throw new StartupError(`${path} is not a file: name a file of JSON lines.`);
}

function isSameFile(path: string, other: Stats): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.ino === other.ino && stats.dev === other.dev;
}

function summary(
  { read, imported, alreadyThere, refused }: ImportCounts,
  dryRun: boolean,
  report: string,
  remark: string | null,
): string {
  const did = dryRun ? 'would be imported (dry run: nothing was kept)' : 'imported';
  const lines = [
    `${read} ${read === 1 ? 'line' : 'lines'} read: ${imported} ${did}, ${alreadyThere} already there, ${refused} refused.`,
  ];
  if (remark !== null) lines.push(remark);
  if (refused > 0) lines.push(`The refused lines and why: ${report}`);
  return `${lines.join('\n')}\n`;
}
