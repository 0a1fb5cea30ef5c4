import { readdirSync } from 'node:fs';
import { inProject } from './project.mjs';

/** The load scripts by name: load-tests/NAME.ts. */
export function loadScripts() {
  return readdirSync(inProject('load-tests'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
}
