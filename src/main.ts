import { Command } from 'commander';
import { serve } from './cli/serve.js';
import { StartupError } from './errors.js';

const program = new Command('fluxgate').description('A GraphQL auth gateway.').showHelpAfterError();

program
  .command('serve', { isDefault: true })
  .description('start the gateway; with no DATABASE_URL it brings its own PostgreSQL')
  .action(serve);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
