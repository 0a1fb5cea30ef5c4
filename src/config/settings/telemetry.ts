import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export interface TelemetryValues {
  /** null: metrics are neither kept nor served. */
  readonly metricsPort: number | null;
  /** null: whoever reaches the port may read. */
  readonly metricsToken: string | null;
}

export const telemetrySettings: SettingsOf<TelemetryValues> = {
  metricsPort: {
    name: 'FLUXGATE_METRICS_PORT',
    parse: parse.wholeNumber(1, 65_535),
    unset: () => null,
    default: 'none',
    meaning: 'TCP port of `GET /metrics`, for Prometheus; unset, there are no metrics. Never open it to the public.',
  },
  metricsToken: {
    name: 'FLUXGATE_METRICS_TOKEN',
    parse: parse.secret,
    unset: () => null,
    default: 'none',
    meaning: 'What Prometheus has to present as a bearer token.',
    isSecret: true,
  },
};
