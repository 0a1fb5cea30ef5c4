import { execFile } from 'node:child_process';
import { parse } from 'node:path';
import type { Account } from './account.js';

/**
 * All that PostgreSQL's programs get of an environment: messages in English, and none of the gateway's secrets, which a
 * database superuser could read.
 */
export const PROGRAM_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' } as const;

/** What `spawn` needs to run a program as the account, in a folder that the account can be in. */
export function runAs(account: Account | null, program: string): { cwd: string; uid?: number; gid?: number } {
  const cwd = parse(program).root;
  return account === null ? { cwd } : { cwd, uid: account.uid, gid: account.gid };
}

/** Runs one of PostgreSQL's programs to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  account: Account | null,
): Promise<{ readonly succeeded: boolean; readonly output: string }> {
  const options = { env: PROGRAM_ENVIRONMENT, windowsHide: true, ...runAs(account, program) };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
    });
  });
}

/** The line of a program's output that says most about why it failed. */
export function tellingLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '');
  return said.find((line) => /\b(error|fatal|panic):/i.test(line)) ?? said.at(-1) ?? 'it said nothing';
}
