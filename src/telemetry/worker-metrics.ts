import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import type { Logger } from '../log.js';
import { serveRegistry, type MetricsSettings } from './metrics.js';

export interface WorkerMetrics {
  readonly countDeath: () => void;
  readonly close: () => Promise<void>;
}

/** Serves the sum of what all workers have counted, and how many of them have died. */
export async function openWorkerMetrics(settings: MetricsSettings, log: Logger): Promise<WorkerMetrics> {
  const workers = new AggregatorRegistry();
  const own = new Registry();
  const deaths = new Counter({
    registers: [own],
    name: 'fluxgate_worker_deaths_total',
    help: 'Workers that ended unasked, and were replaced.',
  });
  const read = async () => `${await workers.clusterMetrics()}\n${await own.metrics()}`;
  const server = await serveRegistry(settings, read, log);
  return { countDeath: () => deaths.inc(), close: () => server.close() };
}
