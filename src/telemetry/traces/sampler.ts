import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';

export interface SamplerSettings {
  /** OpenTelemetry's word for it. */
  readonly tracesSampler: `${'parentbased_' | ''}${'always_on' | 'always_off' | 'traceidratio'}`;
  readonly tracesSamplerShare: number;
}

/** `parentbased_…`: whoever sends a `traceparent` has decided already. */
export function createSampler({ tracesSampler, tracesSamplerShare }: SamplerSettings): Sampler {
  switch (tracesSampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(tracesSamplerShare);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracesSamplerShare) });
  }
}
