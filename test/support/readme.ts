import { readFileSync } from 'node:fs';

export const README = readPage('README.md');

/** A page of the project, by its path from the project's folder. */
export function readPage(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The text under a heading of the second level, up to the next one. Fails where there is none. */
export function section(heading: string, page = README): string {
  const text = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (text === undefined) throw new Error(`there is no section "${heading}"`);
  return text;
}

/** What stands in the fenced blocks of a language. */
export function fenced(language: string, text: string): string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...blocks].map(([, content = '']) => content);
}

/** The cells of the first table, without its heading; backslashes that escape a `|` are gone. */
export function tableRows(text: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const rest = lines.slice(start + 2);
  const rows = rest.slice(
    0,
    Math.max(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    ),
  );
  return rows.map((row) =>
    row
      .slice(1, row.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}
