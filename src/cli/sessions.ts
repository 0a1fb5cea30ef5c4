import { Command } from 'commander';
import { importSessions } from '../auth/import-sessions.js';
import { importCommand } from './import-file.js';

export function sessionsCommand(): Command {
  return new Command('sessions')
    .description('sign-ins')
    .addCommand(
      importCommand('read the refresh tokens of another server, by their SHA-256', (em, ...rest) =>
        importSessions({ em }, ...rest),
      ),
    );
}
