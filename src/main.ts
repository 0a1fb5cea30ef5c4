import { Command } from 'commander';
import { configCommand } from './cli/config.js';
import { keysCommand } from './cli/keys.js';
import { serve } from './cli/serve.js';
import { sessionsCommand } from './cli/sessions.js';
import { usersCommand } from './cli/users.js';
import { StartupError } from './errors.js';

const program = new Command('fluxgate').description('A GraphQL auth gateway.').showHelpAfterError();

program
  .command('serve', { isDefault: true })
  .description('start the gateway; with no DATABASE_URL it brings its own PostgreSQL')
  .action(serve);

for (const command of [configCommand(), keysCommand(), usersCommand(), sessionsCommand()]) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
