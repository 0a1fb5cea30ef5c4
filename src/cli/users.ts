import { Command } from 'commander';
import { importUsers } from '../auth/import-users.js';
import { importCommand } from './import-file.js';

export function usersCommand(): Command {
  return new Command('users')
    .description('accounts')
    .addCommand(
      importCommand('read the accounts of another server, with their ids and bcrypt or argon2 hashes', (em, ...rest) =>
        importUsers({ em }, ...rest),
      ),
    );
}
