import type { Command } from 'commander';

const EXIT_CODES = `
Exit codes: 0 done; 1 refused, or it could not be done, and standard error says why; 2 imported, but for some lines.`;

/** The lines that show how a command is typed, the most usual one first. For `addHelpText('after', …)`. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** Makes a program and all its commands say what their exit codes are, and where to read on after a mistake. */
export function teach(program: Command): void {
  program.addHelpText('afterAll', EXIT_CODES);
  pointToHelp(program, program.name());
}

function pointToHelp(command: Command, typed: string): void {
  command.showHelpAfterError(`How it is used: ${typed} --help`);
  for (const below of command.commands) pointToHelp(below, `${typed} ${below.name()}`);
}
