import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Of the package that this is. */
export function version(): string {
  const path = findPackageJSON('.', import.meta.url);
  if (path === undefined) throw new Error('package.json is missing beside the program');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
