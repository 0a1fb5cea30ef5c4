import { readConfig } from '../../src/config.js';
import { problemsOf } from '../support/config-refusal.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/otlp/' };
const BELOW_IT = 'http://collector:4318/otlp/v1/traces';
const OWN_ENDPOINT = 'https://traces.example.com/in?tenant=1';

describe('traces go', () => {
  it.each<[string, Record<string, string>, string | null]>([
    ['below the endpoint', ENDPOINT, BELOW_IT],
    ['to an endpoint of their own', { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: OWN_ENDPOINT }, OWN_ENDPOINT],
    ['nowhere without one', { OTEL_SERVICE_NAME: 'auth' }, null],
    ['nowhere when they are left out', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }, null],
    ['nowhere when OpenTelemetry is', { ...ENDPOINT, OTEL_SDK_DISABLED: 'True' }, null],
  ])('%s', (_, env, url) => {
    expect(readConfig(env).tracesUrl).toBe(url);
  });

  it('by a protocol that is spoken, where they go anywhere', () => {
    const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(problemsOf({ ...ENDPOINT, ...grpc })).toEqual([
      `OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": use http/protobuf, at the collector's port for it (4318 as a rule).`,
    ]);
    expect(problemsOf({ ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' })).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "http\/json"/),
    ]);
    expect(readConfig(grpc).tracesUrl).toBeNull();
    const spoken = { ...ENDPOINT, ...grpc, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' };
    expect(readConfig(spoken).tracesUrl).toBe(BELOW_IT);
  });
});

describe('a setting of traces that cannot be used', () => {
  it.each([
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'is "jaeger_remote": use parentbased_always_on or '],
    ['OTEL_TRACES_SAMPLER_ARG', '1.01', 'is "1.01": use a number from 0 to 1, as in 0.1.'],
    ['OTEL_TRACES_EXPORTER', 'console', 'is "console": use otlp or none.'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'is "collector:4318": use http:// or https://'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://a:b@c', 'is "http://…@c": use http:// or https://'],
  ])('is refused: %s=%s', (name, text, why) => {
    expect(problemsOf({ [name]: text })).toEqual([expect.stringContaining(`${name} ${why}`)]);
  });
});
