import { createSampler, type SamplerSettings } from '../../src/telemetry/traces/sampler.js';

describe('a sampler', () => {
  it.each<[SamplerSettings['tracesSampler'], RegExp]>([
    ['always_on', /^AlwaysOnSampler$/],
    ['always_off', /^AlwaysOffSampler$/],
    ['traceidratio', /^TraceIdRatioBased\{0\.25\}$/],
    [
      'parentbased_always_on',
      /^ParentBased\{root=AlwaysOnSampler, remoteParentSampled=AlwaysOnSampler, remoteParentNotSampled=AlwaysOffSampler/,
    ],
    ['parentbased_always_off', /^ParentBased\{root=AlwaysOffSampler, /],
    ['parentbased_traceidratio', /^ParentBased\{root=TraceIdRatioBased\{0\.25\}, /],
  ])('is the one that %s names', (tracesSampler, description) => {
    expect(createSampler({ tracesSampler, tracesSamplerShare: 0.25 }).toString()).toMatch(description);
  });
});
