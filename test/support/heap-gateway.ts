import { heapAnswer, HEAP_PROBE_OPTION } from '../../fuzz/heap-probe.ts';
import { spawnFluxgate, stopFluxgate, makeDataDir, type FluxgateProcess } from './fluxgate-process.js';
import { TEST_SECRET } from './gateway.js';
import { createTestDatabase } from './postgres.js';

/** The built gateway in a process of its own, whose heap may not grow beyond a bound. */
export interface HeapGateway extends Pick<FluxgateProcess, 'url' | 'gql' | 'ended'> {
  /** What is in use once nothing is left to collect. */
  usedHeapBytes(): Promise<number>;
  close(): Promise<void>;
}

export async function startHeapGateway(heapLimitMb: number, env: Record<string, string> = {}): Promise<HeapGateway> {
  const database = await createTestDatabase();
  const fluxgate = await spawnFluxgate({
    dataDir: await makeDataDir(),
    env: {
      DATABASE_URL: database.url,
      FLUXGATE_SECRET: TEST_SECRET,
      NODE_OPTIONS: `--max-old-space-size=${heapLimitMb} ${HEAP_PROBE_OPTION}`,
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
      asked += 1;
      fluxgate.signal('SIGUSR2');
      await fluxgate.says(`heap ${asked} `);
      return Number(heapAnswer(fluxgate.stdout(), asked));
    },
    async close() {
      await stopFluxgate(fluxgate);
      await database.drop();
    },
  };
}
