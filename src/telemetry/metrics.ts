import cluster from 'node:cluster';
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from '../log.js';
import { outcomeOf, type Observer } from '../transport/edge/observer.js';
import { version } from '../version.js';
import { LATENCY_BUCKETS_SECONDS } from './buckets.js';
import { serveMetrics, type MetricsServer } from './metrics-server.js';
import type { Metrics, TelemetrySettings } from './telemetry.js';
import { watchCleanUp, watchClock, watchLimits, watchPasswords, watchPool, watchRevocations } from './watches.js';

export type MetricsSettings = TelemetrySettings & { readonly metricsPort: number };

/**
 * Counts, and serves what was counted. Every label has few values, all of them ours. A worker serves nothing: it gives
 * its metrics to the process that has forked it, which serves the sum of all.
 */
export function openMetrics(settings: MetricsSettings, log: Logger): Metrics {
  const registry = new Registry();
  const registers = [registry];
  describeProcess(registry);
  const refreshes = new Counter({
    registers,
    name: 'fluxgate_refreshes_total',
    help: 'Refresh tokens of ours that were presented, by what was decided.',
    labelNames: ['outcome'],
  });
  if (cluster.isWorker) {
    AggregatorRegistry.setRegistries([registry]);
    new AggregatorRegistry(); // answers when it is asked
  }

  let server: MetricsServer | undefined;
  return {
    observer: observeRequests(registers),
    countRefresh: (outcome) => refreshes.inc({ outcome }),
    watchPasswords: (passwords) => watchPasswords(registers, passwords),
    watchLimits: (limiters) => watchLimits(registers, limiters),
    watchRevocations: (revocations) => watchRevocations(registers, revocations),
    watchCleanUp: () => watchCleanUp(registers),
    watchPool: (state) => watchPool(registers, state),
    watchClock: (aheadSeconds) => watchClock(registers, aheadSeconds),
    async listen() {
      if (!cluster.isWorker) server = await serveRegistry(settings, () => registry.metrics(), log);
    },
    close: async () => server?.close(),
  };
}

export function serveRegistry(
  settings: MetricsSettings,
  read: () => Promise<string>,
  log: Logger,
): Promise<MetricsServer> {
  return serveMetrics({
    host: settings.host,
    port: settings.metricsPort,
    token: settings.metricsToken,
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    read,
    onError: (error) => log.warn({ err: error }, 'the metrics could not be read'),
  });
}

function describeProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix: 'fluxgate_' });
  new Gauge({
    registers: [registry],
    name: 'fluxgate_build_info',
    help: '1, with the version of Fluxgate and of Node.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
  }).set({ version: version(), node: process.version }, 1);
}

function observeRequests(registers: Registry[]): Observer {
  const responses = new Counter({
    registers,
    name: 'fluxgate_http_responses_total',
    help: 'Answers, by route and status. Routes that there are not count as "none".',
    labelNames: ['route', 'status'],
  });
  const operations = new Counter({
    registers,
    name: 'fluxgate_operations_total',
    help: 'Fields at the root of the GraphQL schema and REST endpoints that were executed, by outcome: OK, or the code of the refusal.',
    labelNames: ['door', 'operation', 'outcome'],
  });
  const durations = new Histogram({
    registers,
    name: 'fluxgate_operation_duration_seconds',
    help: 'How long they took.',
    labelNames: ['door', 'operation'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  return {
    attach(app) {
      app.addHook('onResponse', (request, reply, done) => {
        responses.inc({ route: request.routeOptions.url ?? 'none', status: reply.statusCode });
        done();
      });
    },
    async operation({ protocol: door, name: operation }, run) {
      const begunAtMs = performance.now();
      let outcome = 'OK';
      try {
        return await run();
      } catch (error) {
        outcome = outcomeOf(error);
        throw error;
      } finally {
        operations.inc({ door, operation, outcome });
        durations.observe({ door, operation }, (performance.now() - begunAtMs) / 1000);
      }
    },
  };
}
