import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { TEST_SECRET } from './gateway.js';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** Tells the process that its standard input and error are a terminal. */
const AT_A_TERMINAL = ['--import', 'data:text/javascript,process.stdin.isTTY = process.stderr.isTTY = true'];

export interface CommandOptions {
  readonly databaseUrl: string;
  readonly atTerminal?: boolean;
  /** All that comes in on standard input; nothing unless given. */
  readonly stdin?: string | Buffer;
  /** Beside the database and the tests' secret, or in their place. */
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it, where the tests run as root; ourselves otherwise. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

export interface CommandEnd {
  /** Its exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FluxgateCommand {
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
  /** Types at its terminal once it has written the prompt. */
  typeAfter(prompt: string, keys: string): Promise<void>;
  readonly ended: Promise<CommandEnd>;
}

/** One command of the built program, in a process of its own. */
export function startCommand(
  args: readonly string[],
  { databaseUrl, atTerminal = false, stdin = '', env = {}, account }: CommandOptions,
): FluxgateCommand {
  const child = spawn(process.execPath, [...(atTerminal ? AT_A_TERMINAL : []), MAIN, ...args], {
    cwd: tmpdir(),
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      FLUXGATE_SECRET: TEST_SECRET,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 ? account : {}),
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (written[stream] += text));
  if (atTerminal) child.stdin.write(stdin);
  else child.stdin.end(stdin);
  child.stdin.on('error', () => undefined); // it may end before it has read everything
  return {
    kill: (signal) => void child.kill(signal),
    async typeAfter(prompt, keys) {
      while (!written.stderr.endsWith(prompt)) await once(child.stderr, 'data');
      child.stdin.write(keys);
    },
    ended: once(child, 'close').then(([code, signal]) => ({
      code: (code ?? signal) as number | NodeJS.Signals,
      ...written,
    })),
  };
}

export function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  return startCommand(args, options).ended;
}
