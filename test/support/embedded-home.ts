import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/installation/embedded-postgres/start.js';

/** A data folder of its own, with spaces in its name, and the embedded databases that a test starts on it. */
export interface EmbeddedHome {
  /** The data folder's parent. */
  readonly folder: string;
  readonly dataDir: string;
  /** What `start` told of its progress. */
  readonly progress: string[];
  start(settings?: Record<string, string>): Promise<EmbeddedPostgres>;
  /** Stops whatever was started and has not been stopped. */
  stop(): Promise<void>;
  /** Stops and deletes everything. */
  remove(): Promise<void>;
}

export async function createEmbeddedHome(): Promise<EmbeddedHome> {
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate embedded '));
  await chmod(folder, 0o711); // as root, PostgreSQL runs under an account that has to get in
  const dataDir = join(folder, 'data folder');
  const started: EmbeddedPostgres[] = [];
  const progress: string[] = [];
  const stop = async (): Promise<void> => {
    for (const postgres of started.splice(0)) await postgres.stop();
  };
  return {
    folder,
    dataDir,
    progress,
    stop,
    async start(settings = { fsync: 'off' }) {
      const postgres = await startEmbeddedPostgres({ dataDir, settings, onProgress: (line) => progress.push(line) });
      started.push(postgres);
      return postgres;
    },
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The process id of the server that runs on a data folder. */
export async function serverPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
