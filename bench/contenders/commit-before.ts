import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject, root } from '../../tools/project.mjs';
import { onRelease } from '../release.ts';
import { NPM_CI, runChild } from '../run-child.ts';

/** A Fluxgate, built. */
export interface Project {
  readonly name: string;
  readonly folder: string;
}

/**
 * Checks a commit out, with its own packages, and builds it with its own tools. Of what it holds only its command line is
 * relied on, because its sources may lie elsewhere than ours. Its folder is gone when the bench ends.
 *
 * @param ref as git takes it: `main`, `HEAD~3`, a hash.
 * @returns it, by its hash and its subject.
 * @throws ToolError when there is no such commit, or when it cannot be installed or built.
 */
export async function checkOutBefore(ref: string): Promise<Project> {
  const noCommit = `--before is "${ref}": give a commit of this repository, as git takes it.`;
  const hash = (await git(noCommit, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)).trim();
  const name = (await git(noCommit, 'show', '--no-patch', '--format=%h %s', hash)).trim();

  console.error(`Building ${name} …`);
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate-before-'));
  onRelease(() => rm(folder, { recursive: true, force: true }));
  await git(`git could not check out ${name}.`, 'worktree', 'add', '--quiet', '--detach', folder, hash);
  onRelease(() => git(`git could not remove the worktree ${folder}.`, 'worktree', 'remove', '--force', folder));
  await providePackages(folder);
  await runChild([process.execPath, 'tools/build.mjs'], { cwd: folder, failure: `${name} could not be built.` });
  return { name, folder };
}

/** Its own tables, by its own command line. */
export async function migrateByCommand({ name, folder }: Project, databaseUrl: string): Promise<void> {
  await runChild([process.execPath, 'bin/fluxgate.mjs', 'migrate', 'up'], {
    cwd: folder,
    failure: `${name} could not make its tables.`,
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
  });
}

/** Ours where both have the same lock file. */
async function providePackages(folder: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [inProject('package-lock.json'), join(folder, 'package-lock.json')].map((path) => readFile(path, 'utf8')),
  );
  if (ours === theirs) return symlink(inProject('node_modules'), join(folder, 'node_modules'), 'junction');
  await runChild(NPM_CI, { cwd: folder, failure: 'npm could not install its packages: see its own words above.' });
}

function git(failure: string, ...args: string[]): Promise<string> {
  return runChild(['git', ...args], { cwd: root, failure });
}
