import type { Logger } from '../log.js';
import { UNOBSERVED, type Observer } from '../transport/edge/observer.js';
import type { MetricsSettings } from './metrics.js';
import type { Telemetry, TelemetrySettings } from './telemetry.js';
import type { Traces } from './traces/open-traces.js';

const NOTHING: Telemetry = {
  observer: UNOBSERVED,
  countRefresh: () => undefined,
  watchPasswords: (passwords) => passwords,
  watchLimits: (limiters) => limiters,
  watchRevocations: (revocations) => revocations,
  watchCleanUp: () => () => undefined,
  watchPool: () => undefined,
  watchClock: () => undefined,
  watchFetch: (fetch) => fetch,
  beginStatement: null,
  listen: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Loads only what the settings ask for. */
export async function openTelemetry(settings: TelemetrySettings, log: Logger): Promise<Telemetry> {
  const { metricsPort, tracesUrl } = settings;
  const metrics = metricsPort === null ? NOTHING : await withMetrics({ ...settings, metricsPort }, log);
  if (tracesUrl === null) return metrics;
  const { openTraces } = await import('./traces/open-traces.js');
  return traced(openTraces({ ...settings, tracesUrl }, log), metrics);
}

async function withMetrics(settings: MetricsSettings, log: Logger): Promise<Telemetry> {
  const { openMetrics } = await import('./metrics.js');
  return { ...NOTHING, ...openMetrics(settings, log) };
}

function traced(traces: Traces, metrics: Telemetry): Telemetry {
  return {
    ...metrics,
    observer: both(traces.observer, metrics.observer),
    watchPasswords: (passwords) => metrics.watchPasswords(traces.watchPasswords(passwords)),
    watchFetch: traces.watchFetch,
    beginStatement: traces.beginStatement,
    close: async () => void (await Promise.all([traces.close(), metrics.close()])),
  };
}

function both(outer: Observer, inner: Observer): Observer {
  return {
    attach(app) {
      outer.attach(app);
      inner.attach(app);
    },
    operation: (operation, run) => outer.operation(operation, () => inner.operation(operation, run)),
  };
}
