import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/**
 * What a YAML file of the project holds. Read as version 1.1, as Compose and Kubernetes read it: `0440` is octal, and
 * `<<` merges.
 */
export function yamlFile<T>(path: string): T {
  return parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), { version: '1.1' }) as T;
}
