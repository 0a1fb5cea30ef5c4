import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { inProject } from '../../tools/project.mjs';

/** What the numbers were measured on, and with. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Processes that wanted to run in the minute before: well below one, or the numbers are those of a busy machine. */
  readonly loadBefore: number;
  readonly system: string;
  readonly node: string;
  readonly database: string;
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = [
  '@apollo/server',
  'fastify',
  'graphql',
  '@mikro-orm/core',
  'pg',
  'jose',
  '@node-rs/argon2',
  'autocannon',
];

export async function describeMachine(database: string, peers: Readonly<Record<string, string>>): Promise<Machine> {
  const own = await Promise.all(PACKAGES.map(async (name) => [name, await installedVersion(name)] as const));
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    loadBefore: loadavg()[0] ?? 0,
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    database,
    packages: { ...Object.fromEntries(own), ...peers },
  };
}

export function machineInWords(machine: Machine): string {
  const { processor, cores, memoryGb, loadBefore, system, node, database } = machine;
  return `${processor}, ${cores} cores, ${memoryGb} GB, load ${loadBefore.toFixed(2)} before, ${system}, Node ${node}, ${database}`;
}

async function installedVersion(name: string): Promise<string> {
  const manifest = await readFile(inProject(`node_modules/${name}/package.json`), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
