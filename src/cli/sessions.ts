import { Command } from 'commander';
import { importSessions } from '../auth/operator/import-sessions.js';
import { endEverySession, endSession, endSessionsOf, sessionsOf } from '../auth/operator/sessions.js';
import { findAccount } from '../auth/operator/users.js';
import { StartupError } from '../errors.js';
import { importCommand } from './import-file.js';
import { examples } from './help.js';
import { counted, say, show, type OutputOptions } from './output.js';
import { withDatabase } from './with-database.js';

interface RevokeOptions extends OutputOptions {
  readonly all?: boolean;
  readonly user?: string;
}

export function sessionsCommand(): Command {
  const command = new Command('sessions');
  command
    .command('list')
    .description('the live sessions of one user')
    .requiredOption('--user <user>', 'e-mail address or id')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate sessions list --user ada@example.org'))
    .action(list);
  command
    .command('revoke')
    .description('end one session, those of one user, or all there are')
    .argument('[session]', 'id of a session')
    .option('--user <user>', 'every session of this user: e-mail address or id')
    .option('--all', 'every session of everybody: after a restore from a back-up')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        'fluxgate sessions revoke 0198c0de-0000-7000-8000-0000000000ff',
        'fluxgate sessions revoke --user ada@example.org',
        'fluxgate sessions revoke --all',
      ),
    )
    .action(revoke);
  return command.addCommand(
    importCommand('read the refresh tokens of another server, by their SHA-256', (em, ...rest) =>
      importSessions({ em }, ...rest),
    ).addHelpText('after', examples('fluxgate sessions import sessions.jsonl --dry-run')),
  );
}

async function list({ user, ...options }: OutputOptions & { readonly user: string }): Promise<void> {
  await withDatabase(async (em) => {
    const { id } = await findAccount({ em }, user);
    const rows = (await sessionsOf({ em }, id)).map((session) => ({
      id: session.id,
      device: session.device.name,
      ip: session.lastIp,
      createdAt: session.createdAt,
      lastUsedAt: session.lastUsedAt,
      expiresAt: session.idleExpiresAt,
    }));
    show(rows, options);
  });
}

async function revoke(session: string | undefined, { all = false, user, ...options }: RevokeOptions): Promise<void> {
  if ([session !== undefined, user !== undefined, all].filter(Boolean).length !== 1)
    throw new StartupError('Name one of: the id of a session, --user, --all.');
  await withDatabase(async (em) => {
    const ended = await endNamed({ em }, session, user);
    say(`${counted(ended, 'session')} ended; gateways know within a second.`, { sessionsEnded: ended }, options);
  });
}

async function endNamed(
  deps: Parameters<typeof endSession>[0],
  session: string | undefined,
  user: string | undefined,
): Promise<number> {
  if (session !== undefined) return (await endSession(deps, session)) ? 1 : 0;
  if (user !== undefined) return endSessionsOf(deps, (await findAccount(deps, user)).id);
  return endEverySession(deps, (ended) => process.stderr.write(`${ended} sessions ended so far …\n`));
}
