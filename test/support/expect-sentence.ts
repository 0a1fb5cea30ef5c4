import type { CommandEnd } from './fluxgate-command.js';

/** A command that was refused: exit code 1, nothing on standard output, and one sentence for people, without the inside. */
export function expectSentence({ code, stdout, stderr }: CommandEnd, sentence: string): void {
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${sentence}\n` });
}
