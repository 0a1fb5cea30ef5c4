import { pathToFileURL } from 'node:url';
import { inProject } from '../tools/project.mjs';

/**
 * A module of the product, as built: its sources import each other by the names that they have in dist/.
 *
 * @param path below dist/, as in `src/storage/orm.js`
 */
export async function loadBuilt<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(inProject(`dist/${path}`)).href)) as Module;
}
