import { rmSync } from 'node:fs';
import { inProject } from './project.mjs';

/**
 * Where the Node that came as a package does not start, nothing does that npm runs: npm links it as node_modules/.bin/node
 * before it runs `prepare`. Runs under the Node that runs npm.
 */
rmSync(inProject('node_modules/.bin/node'), { force: true });
