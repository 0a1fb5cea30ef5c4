import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

/** Standard names, and their standard words: a collector's documentation counts (OpenTelemetry, "Environment Variable Specification"). */
export interface TracesValues {
  /** `v1/traces` is below it. null: no traces, unless the next is set. */
  readonly otlpEndpoint: string | null;
  readonly otlpTracesEndpoint: string | null;
  readonly otlpProtocol: OtlpProtocol;
  /** null: as the one before. */
  readonly otlpTracesProtocol: OtlpProtocol | null;
  readonly tracesExporter: 'otlp' | 'none';
  readonly openTelemetryDisabled: boolean;
  readonly tracesSampler: TracesSampler;
  /** For the samplers that take a share. */
  readonly tracesSamplerShare: number;
}

const SPOKEN = 'http/protobuf';
const PROTOCOLS = [SPOKEN, 'http/json', 'grpc'] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];

const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_traceidratio',
  'parentbased_always_off',
  'always_on',
  'traceidratio',
  'always_off',
] as const;
export type TracesSampler = (typeof SAMPLERS)[number];

export const tracesSettings: SettingsOf<TracesValues> = {
  otlpEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    parse: parse.httpUrl,
    unset: () => null,
    default: 'none',
    meaning: 'OpenTelemetry collector that takes traces at `/v1/traces` below it: `http://127.0.0.1:4318`.',
  },
  otlpTracesEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    parse: parse.httpUrl,
    unset: () => null,
    default: 'none',
    meaning: 'The whole URL that takes traces, in the place of the one before.',
  },
  otlpProtocol: {
    name: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    parse: parse.words(...PROTOCOLS),
    unset: () => SPOKEN,
    meaning: `Only \`${SPOKEN}\` is spoken.`,
  },
  otlpTracesProtocol: {
    name: 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    parse: parse.words(...PROTOCOLS),
    unset: () => null,
    default: '`OTEL_EXPORTER_OTLP_PROTOCOL`',
    meaning: 'The same for traces alone.',
  },
  tracesExporter: {
    name: 'OTEL_TRACES_EXPORTER',
    parse: parse.words('otlp', 'none'),
    unset: () => 'otlp',
    meaning: '`none` leaves traces out wherever they could go.',
  },
  openTelemetryDisabled: {
    name: 'OTEL_SDK_DISABLED',
    parse: (text) => ({ value: text.toLowerCase() === 'true' }), // any other word is false, by the specification
    unset: () => false,
    meaning: '`true` leaves out all of OpenTelemetry.',
  },
  tracesSampler: {
    name: 'OTEL_TRACES_SAMPLER',
    parse: parse.words(...SAMPLERS),
    unset: () => 'parentbased_always_on',
    meaning:
      "Which requests are traced, by OpenTelemetry's name for it: `parentbased_traceidratio`, `always_off` and so on.",
  },
  tracesSamplerShare: {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    parse: parse.share,
    unset: () => 1,
    meaning: 'The share of traces that a `…traceidratio` keeps, from 0 to 1.',
  },
};

/** Where traces go; null: there are none. */
export function tracesUrlOf(values: TracesValues): string | null {
  const { otlpEndpoint, otlpTracesEndpoint, openTelemetryDisabled, tracesExporter } = values;
  if (openTelemetryDisabled || tracesExporter === 'none') return null;
  return otlpTracesEndpoint ?? (otlpEndpoint && belowIt(otlpEndpoint));
}

function belowIt(endpoint: string): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}

/** Why traces cannot go where they should; null: they can, or there are none. */
export function tracesProblem(values: TracesValues): string | null {
  const { otlpProtocol, otlpTracesProtocol } = values;
  const asked = otlpTracesProtocol ?? otlpProtocol;
  if (asked === SPOKEN || tracesUrlOf(values) === null) return null;
  const name = otlpTracesProtocol === null ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  return `${name} is "${asked}": use ${SPOKEN}, at the collector's port for it (4318 as a rule).`;
}
