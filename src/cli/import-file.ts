import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { EntityManager } from '@mikro-orm/postgresql';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import type { ImportCounts, ImportOptions, Line } from '../auth/import-users.js';
import { StartupError } from '../errors.js';
import { openOrm } from '../storage/orm.js';
import { openDatabase } from './open-database.js';
import { runCommand, type Given } from './run-command.js';

interface ImportArguments {
  readonly dryRun?: boolean;
  /** Where the refused lines go; beside the file when not given. */
  readonly report?: string;
}

type Import = (em: EntityManager, lines: AsyncIterable<Line>, options: ImportOptions) => Promise<ImportCounts>;

const SOME_REFUSED_EXIT_CODE = 2;

export function importCommand(description: string, run: Import): Command {
  return new Command('import')
    .description(`${description}; safe to run again where it was stopped`)
    .argument('<file>', 'JSON lines: one object a line')
    .option('--dry-run', 'say what would happen and keep nothing')
    .option('--report <path>', 'where refused lines go (default: <file>.refused.jsonl)')
    .action((file: string, given: ImportArguments) => importFile(file, given, run));
}

/** Imports a file, with a progress bar at a terminal. Exit code 2 when lines were refused. @throws StartupError */
async function importFile(path: string, given: ImportArguments, run: Import): Promise<void> {
  const bytes = await sizeOf(path);
  await runCommand(async (command) => {
    const report = given.report ?? `${path}.refused.jsonl`;
    const counts = await runImport(command, path, bytes, report, given.dryRun ?? false, run);
    process.stdout.write(summary(counts, given.dryRun ?? false, report));
    if (counts.refused > 0) process.exitCode = SOME_REFUSED_EXIT_CODE;
    await command.shutdown.release();
  });
}

async function runImport(
  { config, log, shutdown }: Given,
  path: string,
  bytes: number,
  reportPath: string,
  dryRun: boolean,
  run: Import,
): Promise<ImportCounts> {
  const orm = await openOrm(await openDatabase(config, log, shutdown));
  shutdown.onRelease(() => orm.close(true));
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {read} lines | {refused} refused | {eta_formatted} left',
  });
  const report = createReport(reportPath);
  const input = createReadStream(path);
  bar.start(bytes, 0, { read: 0, refused: 0 });
  try {
    return await run(orm.em.fork(), readLines(input), {
      dryRun,
      onProgress: ({ read, refused }) => bar.update(input.bytesRead, { read, refused }),
      onRefused: (refused) => report.write(`${JSON.stringify(refused)}\n`),
    });
  } finally {
    bar.stop();
    await report.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new StartupError(`There is no file ${path}.`);
  if (!found.isFile()) throw new StartupError(`${path} is not a file: name a file of JSON lines.`);
  return found.size;
}

async function* readLines(input: NodeJS.ReadableStream): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) yield { number: ++number, text };
}

/** A file that is there only if a line was refused. */
function createReport(path: string): { write(line: string): void; close(): Promise<void> } {
  let stream: WriteStream | undefined;
  return {
    write: (line) => void (stream ??= createWriteStream(path)).write(line),
    async close() {
      if (stream) await once(stream.end(), 'finish');
    },
  };
}

function summary({ read, imported, alreadyThere, refused }: ImportCounts, dryRun: boolean, report: string): string {
  const did = dryRun ? 'would be imported (dry run: nothing was kept)' : 'imported';
  const lines = [`${read} lines read: ${imported} ${did}, ${alreadyThere} already there, ${refused} refused.`];
  if (refused > 0) lines.push(`The refused lines and why: ${report}`);
  return `${lines.join('\n')}\n`;
}
