/** What `--json` is on every command that shows something. */
export interface OutputOptions {
  readonly json?: boolean;
}

type Cell = string | number | boolean | Date | null | readonly string[];
export type Row = Readonly<Record<string, Cell>>;

/** Writes rows: as an aligned table for people, or as JSON for scripts. */
export function show(rows: readonly Row[], { json = false }: OutputOptions): void {
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
}

/** Writes one sentence for people, or its facts as JSON for scripts. */
export function say(sentence: string, facts: Row, { json = false }: OutputOptions): void {
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${sentence}\n`);
}

/** `1 session`, `2 sessions`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A heading, then a line a row; every line ends with a line end, and none with spaces. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (!first) return 'none\n';
  const lines = [Object.keys(first), ...rows.map((row) => Object.values(row).map(text))];
  const widths = Object.keys(first).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function text(cell: Cell): string {
  if (cell === null) return '';
  if (cell instanceof Date) return cell.toISOString();
  return Array.isArray(cell) ? cell.join(', ') : String(cell);
}
