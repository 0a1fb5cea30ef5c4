import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../app.js';
import { deleteUser, setRoles } from '../auth/operator/account-power.js';
import { importUsers, type UserImportCounts } from '../auth/operator/import-users.js';
import {
  createUser,
  disableUser,
  enableUser,
  findAccount,
  setPassword,
  users,
  type User,
} from '../auth/operator/users.js';
import type { Config } from '../config.js';
import { StartupError } from '../errors.js';
import { createPasswordHasher } from '../domain/password/hasher.js';
import type { Logger } from '../log.js';
import { createBreachedPasswords, type IsBreached } from '../outbound/breached-passwords.js';
import { importCommand } from './import-file.js';
import { examples } from './help.js';
import { counted, say, show, type OutputOptions, type Row } from './output.js';
import { readPassword } from './password-input.js';
import { withDatabase } from './with-database.js';

interface CreateOptions extends OutputOptions {
  readonly email: string;
  readonly name: string;
  readonly admin?: boolean;
  readonly role?: readonly string[];
}

const DEFAULT_LISTED_USERS = 50;

const EXAMPLES: Readonly<Record<string, string>> = {
  'set-roles': 'ada@example.org admin support',
  delete: 'ada@example.org --yes',
};

/** Twice as long as between two reads of the list of revoked sessions. */
const GATEWAYS_KNOW_MS = 2_000;

export function usersCommand(): Command {
  const command = new Command('users');
  command
    .command('create')
    .description('open an account; the password is typed unseen, or read from standard input')
    .requiredOption('--email <address>', 'e-mail address')
    .requiredOption('--name <name>', 'what people call the user')
    .option('--admin', 'an administrator: user type and role')
    .option('--role <role...>', 'further roles')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        'fluxgate users create --email ada@example.org --name Ada --admin',
        'fluxgate users create --email ada@example.org --name Ada < password-file',
      ),
    )
    .action(create);
  command
    .command('list')
    .description('accounts, newest first')
    .option('--limit <accounts>', 'how many', parseLimit, DEFAULT_LISTED_USERS)
    .option('--json', 'as JSON')
    .addHelpText('after', examples('fluxgate users list --limit 10'))
    .action(list);
  subject(command, 'set-password', 'set a password and end every session').action(changePassword);
  subject(command, 'set-roles', 'give it these roles, instead of those that it has')
    .argument('[role...]', 'all that it has from now on')
    .option('--none', 'none at all')
    .action(changeRoles);
  subject(command, 'disable', 'refuse every sign-in and end every session').action(disable);
  subject(command, 'enable', 'allow sign-in again').action(enable);
  subject(command, 'delete', 'end every session, and erase the account').option('--yes', 'for good').action(erase);
  return command.addCommand(
    importCommand(
      'read the accounts of another server, with their ids and bcrypt or argon2 hashes',
      (em, ...rest) => importUsers({ em }, ...rest),
      warnOfCostlyHashes,
    ).addHelpText('after', examples('fluxgate users import users.jsonl --dry-run')),
  );
}

function subject(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument('<user>', 'e-mail address or id')
    .option('--json', 'as JSON')
    .addHelpText('after', examples(`fluxgate users ${name} ${EXAMPLES[name] ?? 'ada@example.org'}`));
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Use a whole number from 1 to 999999.');
  return Number(text);
}

function warnOfCostlyHashes({ costlyHashes }: UserImportCounts): string | null {
  if (costlyHashes === 0) return null;
  return (
    `WARNING: ${counted(costlyHashes, 'account')} with a hash that takes more than ten times as long to check as ours, ` +
    'until its owner signs in: few such sign-ins pass at once.'
  );
}

async function create({ email, name, admin = false, role = [], ...options }: CreateOptions): Promise<void> {
  const password = await readPassword();
  await withDatabase(async (em, { config, log, shutdown }) => {
    const passwords = createPasswordHasher({ threads: 1, queueLimit: 1 });
    shutdown.onRelease(() => passwords.close());
    const roles = [...(admin ? ['admin'] : []), ...role];
    const user = await createUser(
      { em, passwords, isBreached: breachedPasswordsOf(config, log) },
      { email, name, password, roles, userType: admin ? 'admin' : 'client' },
    );
    say(`Created ${user.email}: ${user.id}.`, { id: user.id, email: user.email, roles }, options);
  });
}

function breachedPasswordsOf({ breachedPasswordsUrl: url }: Config, log: Logger): IsBreached {
  return createBreachedPasswords({ url, clock: systemClock, fetch, log });
}

async function list({ limit, ...options }: OutputOptions & { readonly limit: number }): Promise<void> {
  await withDatabase(async (em) => show((await users({ em }, { limit })).map(describe), options));
}

function describe({ id, email, name, userType, roles, status, createdAt }: User): Row {
  return { id, email, name, userType, roles, status, createdAt };
}

async function changePassword(who: string, options: OutputOptions): Promise<void> {
  const password = await readPassword();
  await withDatabase(async (em, { config, log, shutdown }) => {
    const passwords = createPasswordHasher({ threads: 1, queueLimit: 1 });
    shutdown.onRelease(() => passwords.close());
    const ended = await setPassword({ em, passwords, isBreached: breachedPasswordsOf(config, log) }, who, password);
    say(`The password is set; ${counted(ended, 'session')} ended.`, { sessionsEnded: ended }, options);
  });
}

async function disable(who: string, options: OutputOptions): Promise<void> {
  await withDatabase(async (em) => {
    const ended = await disableUser({ em }, who);
    say(`Disabled; ${counted(ended, 'session')} ended.`, { sessionsEnded: ended }, options);
  });
}

async function enable(who: string, options: OutputOptions): Promise<void> {
  await withDatabase(async (em) => {
    await enableUser({ em }, who);
    say('Enabled.', { enabled: true }, options);
  });
}

async function changeRoles(
  who: string,
  roles: readonly string[],
  { none = false, ...options }: OutputOptions & { readonly none?: boolean },
): Promise<void> {
  if (none === roles.length > 0) throw new StartupError('Name the roles, or say --none.');
  await withDatabase(async (em) => {
    const before = await setRoles({ em }, (await findAccount({ em }, who)).id, roles);
    const text = `Roles: ${roles.join(', ') || 'none'}; before: ${before.join(', ') || 'none'}. Access tokens tell them after a refresh.`;
    say(text, { roles, before }, options);
  });
}

async function erase(
  who: string,
  { yes = false, ...options }: OutputOptions & { readonly yes?: boolean },
): Promise<void> {
  if (!yes)
    throw new StartupError(
      '`fluxgate users delete` erases the account with its devices, sessions and identities for good; its events stay ' +
        'until they are old. Add --yes.',
    );
  await withDatabase(async (em) => {
    const erased = await deleteUser({ em }, (await findAccount({ em }, who)).id, () => sleep(GATEWAYS_KNOW_MS));
    const counts = [counted(erased.sessions, 'session'), counted(erased.devices, 'device')].join(', ');
    const text = `Erased the account, ${counts}, ${counted(erased.identities, 'linked sign-in')} and ${counted(erased.importedTokens, 'imported token')}; its events stay.`;
    say(text, { ...erased }, options);
  });
}
