import { readFile } from 'node:fs/promises';
import { inProject } from '../../tools/project.mjs';
import { NPM_CI, runChild } from '../run-child.ts';

const LOCK = 'bench/peers/package-lock.json';
const INSTALLED = 'bench/peers/node_modules/.package-lock.json';

/** Installs what bench/peers pins, unless it is there. @throws ToolError when npm fails. */
export async function installPeers(): Promise<void> {
  const [wanted, installed] = await Promise.all([readVersions(LOCK), readVersions(INSTALLED)]);
  if (wanted !== null && wanted === installed) return;

  console.error('Installing the peers into bench/peers …');
  await runChild(NPM_CI, {
    cwd: inProject('bench/peers'),
    failure: 'npm could not install bench/peers: see its own words above.',
  });
}

export async function peerVersions(): Promise<Record<string, string>> {
  const { dependencies } = JSON.parse(await readFile(inProject('bench/peers/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return dependencies;
}

/** The versions of the peers themselves, as one text; null where there is no such file. */
async function readVersions(path: string): Promise<string | null> {
  const text = await readFile(inProject(path), 'utf8').catch(() => null);
  if (text === null) return null;
  const { packages } = JSON.parse(text) as { packages: Record<string, { version?: string }> };
  const names = Object.keys(await peerVersions());
  return names.map((name) => `${name}@${packages[`node_modules/${name}`]?.version}`).join(' ');
}
