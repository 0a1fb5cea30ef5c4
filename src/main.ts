import { createProgram } from './cli/program.js';
import { StartupError } from './errors.js';

const SERVE = ['serve'];

const given = process.argv.slice(2);
try {
  await createProgram().parseAsync(given.length > 0 ? given : SERVE, { from: 'user' });
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
