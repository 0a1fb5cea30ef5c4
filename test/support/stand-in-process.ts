import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EXIT_CODES, type FailureKind } from './k6/failure.js';

const STAND_IN = fileURLToPath(new URL('k6/stand-in.ts', import.meta.url));

export interface StandInRun {
  /** The kind of failure that its exit code stands for; null for a run without one. */
  readonly failure: FailureKind | null;
  readonly output: string;
}

/** Runs a script of this project with the stand-in for k6, in a process of its own. @param env what k6 gets with `-e` */
export async function runStandIn(script: string, env: Readonly<Record<string, string>>): Promise<StandInRun> {
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', STAND_IN, ...variables, path];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      const kinds = Object.entries(EXIT_CODES) as [FailureKind, number][];
      const failure = code === 0 ? null : kinds.find(([, exitCode]) => exitCode === code)?.[0];
      if (failure === undefined) reject(new Error(`the stand-in ended with ${code}: ${stdout}${stderr}`));
      else resolve({ failure, output: stdout });
    });
  });
}
