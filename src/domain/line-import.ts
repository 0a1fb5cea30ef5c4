import type { EntityManager } from '@mikro-orm/postgresql';

/** One line of a file of JSON lines. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export interface RefusedLine {
  readonly line: number;
  /** A sentence for the operator; never repeats a hash, a digest or a token. */
  readonly reason: string;
}

export interface ImportCounts {
  readonly read: number;
  readonly imported: number;
  /** By an earlier run. */
  readonly alreadyThere: number;
  readonly refused: number;
}

export interface ImportOptions {
  /** Does everything, and takes it back at the end. */
  readonly dryRun: boolean;
  /** After each batch. */
  readonly onProgress: (counts: ImportCounts) => void;
  readonly onRefused: (refused: RefusedLine) => void;
}

/** A record, or why the line is none. */
export type ParsedLine<T> = { readonly record: T } | { readonly refused: string };

/** What became of a record: `imported`, `already there`, or why it was refused. */
export type Outcome = string;

export interface Importer<T> {
  parse(this: void, fields: Readonly<Record<string, unknown>>): ParsedLine<T>;
  /** One statement for the whole batch; an outcome for each record, in order. */
  insert(this: void, em: EntityManager, records: readonly T[]): Promise<Outcome[]>;
}

const BATCH_LINES = 1_000;

/**
 * Imports a file of JSON lines, batch by batch: a broken line is refused and the rest goes on. Each batch is kept when
 * it is done, so a run that was stopped is finished by running it again.
 */
export async function importLines<T>(
  em: EntityManager,
  lines: AsyncIterable<Line>,
  importer: Importer<T>,
  options: ImportOptions,
): Promise<ImportCounts> {
  if (!options.dryRun) return importAll(em, lines, importer, options);
  await em.begin();
  try {
    return await importAll(em, lines, importer, options);
  } finally {
    await em.rollback();
  }
}

async function importAll<T>(
  em: EntityManager,
  lines: AsyncIterable<Line>,
  importer: Importer<T>,
  { onProgress, onRefused }: ImportOptions,
): Promise<ImportCounts> {
  const counts = { read: 0, imported: 0, alreadyThere: 0, refused: 0 };
  let batch: { readonly line: number; readonly record: T }[] = [];

  const refuse = (line: number, reason: string) => {
    counts.refused += 1;
    onRefused({ line, reason });
  };
  const flush = async () => {
    const outcomes =
      batch.length === 0
        ? []
        : await importer.insert(
            em,
            batch.map(({ record }) => record),
          );
    for (const [index, { line }] of batch.entries()) {
      const outcome = outcomes[index] ?? 'not imported';
      if (outcome === 'imported') counts.imported += 1;
      else if (outcome === 'already there') counts.alreadyThere += 1;
      else refuse(line, outcome);
    }
    batch = [];
    onProgress({ ...counts });
  };

  for await (const { number, text } of lines) {
    if (text.trim() === '') continue;
    counts.read += 1;
    const parsed = parseLine(text, importer);
    if ('refused' in parsed) refuse(number, parsed.refused);
    else batch.push({ line: number, record: parsed.record });
    if (batch.length >= BATCH_LINES) await flush();
  }
  await flush();
  return counts;
}

function parseLine<T>(text: string, importer: Importer<T>): ParsedLine<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { refused: 'not JSON: is the line cut off?' };
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? importer.parse(value as Record<string, unknown>)
    : { refused: 'not a JSON object' };
}
