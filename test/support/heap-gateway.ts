import { spawnFluxgate, stopFluxgate, makeDataDir, type FluxgateProcess } from './fluxgate-process.js';
import { TEST_SECRET } from './gateway.js';
import { createTestDatabase } from './postgres.js';

/** Says on SIGUSR2 what is in use once nothing is left to collect. */
const PROBE = `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  import { isMainThread } from 'node:worker_threads';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let asked = 0;
  if (isMainThread)
    process.on('SIGUSR2', () => {
      collect();
      collect();
      console.log('heap ' + ++asked + ' ' + process.memoryUsage().heapUsed + ' bytes');
    });
`;

/** The built gateway in a process of its own, whose heap may not grow beyond a bound. */
export interface HeapGateway extends Pick<FluxgateProcess, 'url' | 'gql' | 'ended'> {
  /** What is in use once nothing is left to collect. */
  usedHeapBytes(): Promise<number>;
  close(): Promise<void>;
}

export async function startHeapGateway(heapLimitMb: number, env: Record<string, string> = {}): Promise<HeapGateway> {
  const database = await createTestDatabase();
  const probe = `data:text/javascript,${encodeURIComponent(PROBE)}`;
  const fluxgate = await spawnFluxgate({
    dataDir: await makeDataDir(),
    env: {
      DATABASE_URL: database.url,
      FLUXGATE_SECRET: TEST_SECRET,
      NODE_OPTIONS: `--max-old-space-size=${heapLimitMb} --import=${probe}`,
      FLUXGATE_LOG_LEVEL: 'warn',
      ...env,
    },
  });
  let asked = 0;
  await fluxgate.says('fluxgate ready');
  return {
    url: fluxgate.url,
    gql: fluxgate.gql,
    ended: fluxgate.ended,
    async usedHeapBytes() {
      const line = `heap ${++asked} `;
      fluxgate.signal('SIGUSR2');
      await fluxgate.says(line);
      const [, bytes] = new RegExp(`^${line}(\\d+) bytes$`, 'm').exec(fluxgate.stdout()) ?? [];
      return Number(bytes);
    },
    async close() {
      await stopFluxgate(fluxgate);
      await database.drop();
    },
  };
}
