import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
  type Resource,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from '../../log.js';
import { version } from '../../version.js';
import type { Telemetry, TelemetrySettings } from '../telemetry.js';
import { createExporter } from './exporter.js';
import { traceRequests } from './trace-requests.js';
import { createSampler } from './sampler.js';
import { traceFetch, tracePasswords, traceStatements } from './trace-steps.js';
import { createWorkTracer } from './work-tracer.js';

/** How many spans wait for the collector; beyond it the newest are dropped. About 2 MB. */
const WAITING_SPANS = 2_048;
const SEND_EVERY_MS = 1_000;
/** How long the end of the process waits for a collector. */
const LAST_SPANS_MS = 3_000;

export type TracesSettings = TelemetrySettings & { readonly tracesUrl: string };
export type Traces = Pick<Telemetry, 'observer' | 'watchPasswords' | 'watchFetch' | 'beginStatement' | 'close'>;

/** Nothing of it is registered with OpenTelemetry's own globals: what is traced is what is wired. */
export function openTraces(settings: TracesSettings, log: Logger): Traces {
  const exporter = createExporter(settings.tracesUrl, log);
  const provider = new TracerProvider({
    resource: describeProcess(),
    sampler: createSampler(settings),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, maxQueueSize: WAITING_SPANS, scheduledDelayMillis: SEND_EVERY_MS }),
    ],
  });
  const tracer = provider.getTracer('fluxgate', version());
  const work = createWorkTracer(tracer);
  return {
    observer: traceRequests(tracer, work),
    watchPasswords: (passwords) => tracePasswords(work, passwords),
    watchFetch: (fetch) => traceFetch(work, fetch),
    beginStatement: traceStatements(work),
    async close() {
      const sent = provider.shutdown().catch(() => undefined); // told of by the exporter
      await Promise.race([sent, sleep(LAST_SPANS_MS, undefined, { ref: false })]);
    },
  };
}

/** What OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say comes before what we say. */
function describeProcess(): Resource {
  const own = resourceFromAttributes({
    'service.name': 'fluxgate',
    'service.version': version(),
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
  });
  return own.merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
}
