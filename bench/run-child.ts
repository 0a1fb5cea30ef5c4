import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ToolError } from '../tools/project.mjs';
import { onRelease } from './release.ts';

export interface ChildOptions {
  readonly cwd: string;
  /** What to say when it fails, after its own words. */
  readonly failure: string;
  /** Ours unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const WINDOWS = process.platform === 'win32';

/** As the lock file has it, whatever NODE_ENV is. What is measured needs none of its packages' own scripts. */
export const NPM_CI = ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--ignore-scripts'] as const;

/**
 * Runs a program to its end, or to the end of the bench, with whatever it starts.
 *
 * @returns what it printed.
 * @throws ToolError with `failure`; what it wrote to standard error has been shown by then.
 */
export async function runChild(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, failure, env = process.env }: ChildOptions,
): Promise<string> {
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: !WINDOWS,
    shell: WINDOWS && program === 'npm',
  });
  const ended = once(child, 'close').then(
    ([code]) => code as number | null,
    (error: Error) => console.error(error.message),
  );
  onRelease(() => {
    end(child);
    return ended;
  });
  const printed = await text(child.stdout);
  if ((await ended) !== 0) throw new ToolError(failure);
  return printed;
}

/** Detached, it leads a group of its own, which the signal reaches whole. */
function end(child: ChildProcess): void {
  const running = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  if (running && WINDOWS) child.kill();
  else if (running) process.kill(-child.pid);
}
