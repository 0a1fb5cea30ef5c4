import type { EntityManager } from '@mikro-orm/postgresql';

/** One line of a file of JSON lines, by its number from 1, or why it cannot be read as text. */
export type Line = { readonly number: number } & ({ readonly text: string } | { readonly refused: string });

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
  /** In the order of the file. */
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
  let batch: { readonly line: number; readonly parsed: ParsedLine<T> }[] = [];

  const flush = async () => {
    const records = batch.flatMap(({ parsed }) => ('record' in parsed ? [parsed.record] : []));
    const outcomes = records.length === 0 ? [] : await importer.insert(em, records);
    for (const { line, parsed } of batch) {
      const outcome = 'record' in parsed ? (outcomes.shift() ?? 'not imported') : parsed.refused;
      if (outcome === 'imported') counts.imported += 1;
      else if (outcome === 'already there') counts.alreadyThere += 1;
      else {
        counts.refused += 1;
        onRefused({ line, reason: outcome });
      }
    }
    batch = [];
    onProgress({ ...counts });
  };

  for await (const line of lines) {
    if ('text' in line && line.text.trim() === '') continue;
    counts.read += 1;
    batch.push({ line: line.number, parsed: 'text' in line ? parseLine(line.text, importer) : line });
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

const ISO_DATE_TIME = /^(?!0000)(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads the date and time of a field, time zone included (RFC 3339), so that it means the same on every machine and
 * PostgreSQL can keep it: years 1 to 9999.
 *
 * @returns it in UTC, to the millisecond; null for everything else, 30 February among it.
 */
export function parseDateTime(value: unknown): string | null {
  const day = typeof value === 'string' ? ISO_DATE_TIME.exec(value)?.[1] : undefined;
  if (typeof value !== 'string' || day === undefined) return null;
  const [time, midnight] = [new Date(value), new Date(`${day}T00:00:00Z`)];
  if (isNaN(time.getTime()) || !midnight.toISOString().startsWith(day)) return null; // Date makes it 2 March
  const utc = time.toISOString();
  return ISO_DATE_TIME.test(utc) ? utc : null;
}
