import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderPage, type Page } from './page.ts';
import type { Row } from './rows.ts';

export interface Report {
  readonly page: Page;
  readonly rounds: number;
  /** What was measured, round by round. */
  readonly series: readonly object[];
}

/** NAME.html for people, NAME.json for programs. @returns the page's path. */
export async function writeReport(folder: string, name: string, { page, rounds, series }: Report): Promise<string> {
  const { measuredAt, machine, method, rows } = page;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), jsonOf({ measuredAt, machine, rounds, method, rows, series }));
  await writeFile(join(folder, `${name}.html`), renderPage(page));
  return join(folder, `${name}.html`);
}

function jsonOf(report: { readonly rows: readonly Row[] } & Record<string, unknown>): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
