import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { StartupError } from '../errors.js';

/**
 * A password, never from the command line's arguments, where other users of the machine could read it: typed unseen at
 * a terminal, twice, or one line on standard input.
 *
 * @throws StartupError when there is none, or the two differ.
 */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await typedTwice() : (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new StartupError('No password was given: type one, or send one line on standard input.');
  return password;
}

async function typedTwice(): Promise<string> {
  const first = await typeUnseen('Password: ');
  const second = await typeUnseen('Again: ');
  if (first !== second) throw new StartupError('The two passwords differ: nothing was changed.');
  return first;
}

function typeUnseen(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  return new Promise((resolve) => {
    terminal.once('line', (line) => {
      terminal.close();
      process.stderr.write('\n');
      resolve(line);
    });
  });
}
