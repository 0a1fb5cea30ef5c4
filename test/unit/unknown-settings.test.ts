import { readConfig } from '../../src/config.js';

describe('a name that is not a setting', () => {
  it.each([
    ['FLUXGATE_SECERT', 'FLUXGATE_SECERT is not a setting: did you mean FLUXGATE_SECRET?'],
    ['FLUXGATE_CORS_ORIGIN', 'FLUXGATE_CORS_ORIGIN is not a setting: did you mean FLUXGATE_CORS_ORIGINS?'],
    ['FLUXGATE_PORT', 'FLUXGATE_PORT is not a setting: did you mean PORT?'],
    ['FLUXGATE_TELEPATHY', 'FLUXGATE_TELEPATHY is not a setting, so it has no effect.'],
  ])('is pointed out and its value is not: %s', (name, expected) => {
    expect(readConfig({ [name]: 'hunter2' }).warnings).toEqual([expected]);
  });

  it('is nobody’s business without the prefix', () => {
    expect(readConfig({ PATH: '/bin', PROT: '1' }).warnings).toEqual([]);
  });
});
