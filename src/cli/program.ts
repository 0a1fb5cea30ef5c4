import { Command } from 'commander';
import { configCommand } from './config.js';
import { doctorCommand } from './doctor.js';
import { examples, teach } from './help.js';
import { keysCommand } from './keys.js';
import { migrateCommand } from './migrate.js';
import { serve } from './serve.js';
import { sessionsCommand } from './sessions.js';
import { usersCommand } from './users.js';

/** Every command there is. */
export function createProgram(): Command {
  const program = new Command('fluxgate')
    .description('A GraphQL auth gateway. Without a command it serves.')
    .addHelpText('after', examples('fluxgate', 'fluxgate config', 'fluxgate users create --help'));

  program
    .command('serve')
    .description('start the gateway; with no DATABASE_URL it brings its own PostgreSQL')
    .addHelpText(
      'after',
      examples('fluxgate serve', 'PORT=8080 FLUXGATE_PUBLIC_URL=https://auth.example.com fluxgate serve'),
    )
    .action(serve);

  const commands = [
    migrateCommand(),
    doctorCommand(),
    configCommand(),
    keysCommand(),
    usersCommand(),
    sessionsCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  teach(program);
  return program;
}
