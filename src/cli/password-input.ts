import { buffer } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { StartupError } from '../errors.js';

/**
 * A password, never from the command line's arguments, where other users of the machine could read it: typed unseen at
 * a terminal, twice, or one line on standard input.
 *
 * @throws StartupError when there is none, the two differ, or what came in is not one line of text.
 */
export async function readPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await typedTwice() : oneLine(await buffer(process.stdin));
  if (password === '') throw new StartupError('No password was given: type one, or send one line on standard input.');
  return password;
}

/** A wrong file, or one in another encoding, would become a password that nobody can type. */
function oneLine(bytes: Uint8Array): string {
  let line: string;
  try {
    line = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch (error) {
    throw new StartupError('Standard input is not UTF-8 text: send the password alone.', { cause: error });
  }
  if (/[\r\n]/.test(line)) throw new StartupError('Standard input has more than one line: send the password alone.');
  return line;
}

async function typedTwice(): Promise<string> {
  const first = await typeUnseen('Password: ');
  if (first === '') return first;
  const second = await typeUnseen('Again: ');
  if (first !== second) throw new StartupError('The two passwords differ: nothing was changed.');
  return first;
}

function typeUnseen(prompt: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  process.stdin.ref();
  process.stderr.write(prompt); // once the terminal shows nothing and hands every key to us
  return new Promise<string>((resolve) => {
    terminal.once('line', resolve);
    terminal.once('SIGINT', () => terminal.close()); // a terminal that is read raw sends no signal at Ctrl-C
    terminal.once('close', () => resolve('')); // Ctrl-C or Ctrl-D, unless a line came before
  }).finally(() => {
    terminal.close();
    process.stdin.unref(); // open as it stays, it would keep the process from ending
    process.stderr.write('\n');
  });
}
