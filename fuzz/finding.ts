import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzRequest } from './generate/plan.ts';
import { curlCommand } from './http/parts.ts';

/** Something that must not be, and what had been sent at that moment. */
export class Finding extends Error {
  readonly requests: readonly FuzzRequest[];

  constructor(what: string, requests: readonly FuzzRequest[]) {
    super(what);
    this.name = 'Finding';
    this.requests = requests;
  }
}

/**
 * Writes the bytes of each request to a file of its own.
 *
 * @returns what to read and to run: tokens in it are of a gateway that has gone, the seed makes new ones.
 */
export async function reproduction({ message, requests }: Finding, url: string, seed: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate-fuzz-'));
  const lines = [`FOUND ${message}`, `Again: npm run fuzz -- --minutes 1 --seed ${seed}`];
  for (const [at, { kind, bytes, parts }] of requests.entries()) {
    const file = join(folder, `${at + 1}.http`);
    await writeFile(file, bytes, { mode: 0o600 });
    lines.push(
      `${at + 1}. ${kind}: ${file}`,
      parts ? `   ${curlCommand(url, parts)}` : `   nc localhost PORT < ${file}`,
    );
  }
  return lines.join('\n');
}
