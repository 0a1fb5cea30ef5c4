import { Command } from 'commander';
import { version } from '../version.js';
import { examples, teach } from './help.js';

interface Listed {
  readonly description: string;
  /** Its options and what is below it. What it runs on is loaded with it, so that nobody waits for the rest. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Listed>> = {
  serve: {
    description: 'start the gateway; with no DATABASE_URL it brings its own PostgreSQL',
    load: async () => (await import('./serve.js')).serveCommand(),
  },
  migrate: {
    description: 'the tables of the database; as the role that owns them: FLUXGATE_MIGRATION_DATABASE_URL',
    load: async () => (await import('./migrate.js')).migrateCommand(),
  },
  doctor: {
    description: 'check settings, secret, Redis and database, and say what to do; exits with 1 on a failure',
    load: async () => (await import('./doctor.js')).doctorCommand(),
  },
  config: {
    description: 'every setting: what it is and where it comes from; secrets are masked',
    load: async () => (await import('./config.js')).configCommand(),
  },
  keys: {
    description: 'the keys that sign access tokens',
    load: async () => (await import('./keys.js')).keysCommand(),
  },
  users: {
    description: 'accounts',
    load: async () => (await import('./users.js')).usersCommand(),
  },
  sessions: {
    description: 'sign-ins',
    load: async () => (await import('./sessions.js')).sessionsCommand(),
  },
  cleanup: {
    description: 'remove what ended long ago, as gateways do by themselves',
    load: async () => (await import('./cleanup.js')).cleanupCommand(),
  },
};

/**
 * The program, with every command in its list.
 *
 * @param words what was typed: only commands among these can be run, and explain themselves. Unless given, all of them.
 */
export async function createProgram(words: readonly string[] = Object.keys(COMMANDS)): Promise<Command> {
  const program = new Command('fluxgate')
    .description('A GraphQL auth gateway. Without a command it serves.')
    .version(version(), '-V, --version', 'which one this is')
    .helpOption('-h, --help', 'this, or the help of a command')
    .helpCommand('help [command]', 'the help of a command')
    .addHelpText('after', examples('fluxgate', 'fluxgate config', 'fluxgate users create --help'));

  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = words.includes(name) ? await load() : new Command(name);
    program.addCommand(command.description(description));
  }
  teach(program);
  return program;
}
