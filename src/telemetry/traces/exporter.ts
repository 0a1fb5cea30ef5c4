import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../../log.js';

/**
 * Sends spans by OTLP. What else the standard variables say (headers, time-out, compression, certificates) the exporter
 * reads by itself. A collector that is away costs traces: it is told of once, and once when it is back.
 */
export function createExporter(url: string, log: Logger): SpanExporter {
  const otlp = new OTLPTraceExporter({ url });
  let away = false;
  return {
    export(spans, done) {
      otlp.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !away) log.warn({ err: result.error }, 'the collector does not take traces: they are lost');
        if (!failed && away) log.warn('the collector takes traces again');
        away = failed;
        done(result);
      });
    },
    forceFlush: () => otlp.forceFlush(),
    shutdown: () => otlp.shutdown(),
  };
}
