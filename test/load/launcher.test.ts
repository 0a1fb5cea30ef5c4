import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../tools/load.mjs', import.meta.url));

let bin: string;

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'fluxgate-launcher-'));
});

afterEach(() => rm(bin, { recursive: true, force: true }));

describe('npm run load', () => {
  it('hands the script and everything behind its name to the k6 on the PATH', async () => {
    await installK6(0);

    const ended = await load('token-generation', '-e', 'PROFILE=load', '--quiet');

    expect(ended).toEqual({ code: 0, said: '' });
    expect((await readFile(join(bin, 'arguments'), 'utf8')).trimEnd().split('\n')).toEqual([
      'run',
      '-e',
      'RESULTS_DIR=load-tests/results',
      '-e',
      'PROFILE=load',
      '--quiet',
      'load-tests/token-generation.ts',
    ]);
  });

  it('ends as k6 ends', async () => {
    await installK6(99); // thresholds are crossed

    expect(await load('signup')).toEqual({ code: 99, said: '' });
  });

  it('says in one sentence how to install k6 where there is none', async () => {
    expect(await load('signup')).toEqual({
      code: 1,
      said: expect.stringMatching(/^k6 is not on the PATH: install it \(https:\S+\), or .*\.\n$/) as string,
    });
  });

  it.each([[[]], [['tokens']], [['../signup']], [['-e']]])(
    'names the scripts that there are, given %j',
    async (args) => {
      await installK6(0);

      expect(await load(...args)).toEqual({
        code: 1,
        said: 'Name a load script: jwks, mixed, rest, revoke, sessions, signup, token-generation.\n',
      });
    },
  );
});

/** A program of that name, which writes its arguments down. */
async function installK6(exitCode: number): Promise<void> {
  const k6 = join(bin, 'k6');
  await writeFile(k6, `#!/bin/sh\nprintf '%s\\n' "$@" >'${join(bin, 'arguments')}'\nexit ${exitCode}\n`);
  await chmod(k6, 0o755);
}

function load(...args: string[]): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, ...args], { env: { PATH: bin } }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, said: stderr });
    });
  });
}
