import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const start = new URL('../../dist/src/installation/embedded-postgres/start.js', import.meta.url);

/** As much of a gateway as the embedded database sees: it starts the database, tells what it got, and stops it when told. */
const script = `
  import { startEmbeddedPostgres } from ${JSON.stringify(start.href)};
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[1], onProgress() {}, settings: { fsync: 'off' } });
  console.log(JSON.stringify({ url: postgres.url, origin: postgres.origin }));
  process.stdin.once('data', async () => {
    console.log(JSON.stringify(await postgres.stop()));
    process.exit();
  });
`;

export interface GatewayProcess {
  /** Resolves once the database is there. */
  readonly database: Promise<{ readonly url: string; readonly origin: string }>;
  stop(): Promise<unknown>;
  /** SIGKILL; with its group, that is with an initdb that it may be waiting for. */
  kill(whom: 'alone' | 'with its group'): Promise<void>;
}

export function spawnGateway(dataDir: string): GatewayProcess {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, dataDir], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the gateway process ended');
    return JSON.parse(value);
  };
  const database = next() as Promise<{ url: string; origin: string }>;
  database.catch(() => undefined); // for those who kill it first
  return {
    database,
    stop: async () => {
      child.stdin.write('stop\n');
      const outcome = await next();
      await exited;
      return outcome;
    },
    kill: async (whom) => {
      process.kill(whom === 'alone' ? child.pid! : -child.pid!, 'SIGKILL');
      await exited;
    },
  };
}
