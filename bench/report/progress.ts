import { SingleBar } from 'cli-progress';

export interface Progress {
  /** What is done now. */
  begin(name: string): void;
  /** It is done. */
  finish(outcome: string): void;
  stop(): void;
}

/** A bar at a terminal; elsewhere a line of its own for each step that is done. */
export function createProgress(steps: number): Progress {
  return process.stderr.isTTY ? bar(steps) : lines(steps);
}

function bar(steps: number): Progress {
  const shown = new SingleBar({
    format: '{bar} {value}/{total}  {eta_formatted} left  {name}',
    barsize: 30,
    stream: process.stderr,
    hideCursor: true,
  });
  shown.start(steps, 0, { name: '' });
  return {
    begin: (name) => shown.update({ name }),
    finish: () => shown.increment(),
    stop: () => shown.stop(),
  };
}

function lines(steps: number): Progress {
  let done = 0;
  let current = '';
  return {
    begin: (name) => void (current = name),
    finish: (outcome) => console.error(`${String((done += 1)).padStart(4)}/${steps}  ${current}  ${outcome}`),
    stop: () => undefined,
  };
}
