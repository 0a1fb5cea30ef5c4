import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RefusedLine } from '../../src/auth/operator/import-users.js';
import { nullOn } from '../../src/installation/embedded-postgres/system-error.js';

export interface ImportFiles {
  readonly folder: string;
  /** @returns its path. */
  write(name: string, content: string | Buffer): Promise<string>;
  /** What the report says; null: there is none. */
  report(path: string): Promise<RefusedLine[] | null>;
  remove(): void;
}

/** A folder for the files of an import, with a space in its name. */
export function createImportFiles(): ImportFiles {
  const folder = mkdtempSync(join(tmpdir(), 'fluxgate import '));
  return {
    folder,
    async write(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    async report(path) {
      const text = await nullOn(['ENOENT'], readFile(path, 'utf8'));
      return text === null
        ? null
        : text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as RefusedLine);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
