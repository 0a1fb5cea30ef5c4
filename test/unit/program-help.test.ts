import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';

/** Every command below, as it is typed. */
function typedCommands(command: Command, typed = command.name()): [string, Command][] {
  return [[typed, command], ...command.commands.flatMap((below) => typedCommands(below, `${typed} ${below.name()}`))];
}

/** What `--help` prints, whose texts after the options are written by listeners. */
function helpOf(command: Command): string {
  let text = '';
  for (let each: Command | null = command; each !== null; each = each.parent)
    each.configureOutput({ writeOut: (more) => (text += more) });
  command.outputHelp();
  return text;
}

const commands = typedCommands(await createProgram());
const runnable = commands.filter(([, command]) => command.commands.length === 0);

describe('the command line', () => {
  it('has the commands that an operator works with', () => {
    expect(runnable.map(([typed]) => typed)).toEqual(
      expect.arrayContaining([
        'fluxgate serve',
        'fluxgate config',
        'fluxgate cleanup',
        ...['list', 'rotate', 'replace', 'prune', 'rewrap'].map((name) => `fluxgate keys ${name}`),
        ...['create', 'list', 'set-password', 'disable', 'enable', 'set-roles', 'delete', 'import'].map(
          (name) => `fluxgate users ${name}`,
        ),
        ...['list', 'revoke', 'import'].map((name) => `fluxgate sessions ${name}`),
      ]),
    );
  });
});

describe.each(commands)('%s --help', (typed, command) => {
  it('says in a sentence what it is, and what its exit codes are', () => {
    const help = helpOf(command);
    expect(command.description()).not.toBe('');
    expect(help).toContain(`Usage: ${typed} `);
    expect(help).toMatch(/Exit codes: 0 done; 1 /);
  });

  it('explains each argument and option', () => {
    expect(command.registeredArguments.filter(({ description }) => !description)).toEqual([]);
    expect(command.options.filter(({ description }) => !description)).toEqual([]);
  });
});

describe.each(runnable)('%s --help', (typed, command) => {
  it('gives an example that could be typed', () => {
    const [, examples = ''] = /^Examples:\n((?: {2}\S.*\n)+)/m.exec(helpOf(command)) ?? [];
    expect(examples).toContain(typed);
    for (const flag of examples.match(/ --[a-z-]+/g) ?? [])
      expect(command.options.map(({ long }) => long)).toContain(flag.trim());
  });
});
