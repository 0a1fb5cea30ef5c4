import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { inProject } from '../../tools/project.mjs';
import { pageOf, type Report } from './page.ts';

/** latest.json for programs, README.md for people. @returns the page's path. */
export async function writeReport(folder: string, report: Report): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`);
  const path = join(folder, 'README.md');
  const style = await resolveConfig(inProject('docs/faults/README.md'));
  await writeFile(path, await format(pageOf(report), { ...style, parser: 'markdown' }));
  return path;
}
