import { appendFileSync, closeSync, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import type { RefusedLine } from '../auth/operator/import-users.js';
import { StartupError } from '../errors.js';

export interface RefusalReport {
  write(refused: RefusedLine): void;
  close(): void;
}

/**
 * A file of JSON lines, one a refusal, which is there afterwards only if there was one: what an earlier run refused
 * does not outlive it. Opened before anything is imported, so that a path that cannot be written is known by then.
 *
 * @throws StartupError also from `write`, when the disk is full.
 */
export function openRefusalReport(path: string): RefusalReport {
  const file = orSayWhy(path, () => openSync(path, 'w'));
  return {
    write: (refused) => orSayWhy(path, () => appendFileSync(file, `${JSON.stringify(refused)}\n`)),
    close() {
      const isEmpty = fstatSync(file).size === 0;
      closeSync(file);
      if (isEmpty && lstatSync(path).isFile()) unlinkSync(path); // not /dev/stdout
    },
  };
}

function orSayWhy<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartupError(`The report ${path} cannot be written (${code ?? message}): name another with --report.`, {
      cause: error,
    });
  }
}
