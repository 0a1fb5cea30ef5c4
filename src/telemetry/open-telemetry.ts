import type { Logger } from '../log.js';
import { UNOBSERVED } from '../transport/observer.js';
import type { Telemetry, TelemetrySettings } from './telemetry.js';

const NOTHING: Telemetry = {
  observer: UNOBSERVED,
  countRefresh: () => undefined,
  watchPasswords: (passwords) => passwords,
  watchLimits: (limiters) => limiters,
  watchRevocations: (revocations) => revocations,
  watchCleanUp: () => () => undefined,
  watchPool: () => undefined,
  listen: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Loads only what the settings ask for. */
export async function openTelemetry(settings: TelemetrySettings, log: Logger): Promise<Telemetry> {
  if (settings.metricsPort === null) return NOTHING;
  const { openMetrics } = await import('./metrics.js');
  return openMetrics({ ...settings, metricsPort: settings.metricsPort }, log);
}
