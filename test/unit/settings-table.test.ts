import { SETTINGS } from '../../src/config.js';

describe('the table of settings', () => {
  it('describes each once, with what it is when unset', () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length);
    expect(SETTINGS.find(({ name }) => name === 'FLUXGATE_ACCESS_TTL')?.default).toBe('`900`');
    expect(SETTINGS.filter(({ isSecret }) => isSecret).map(({ name }) => name)).toEqual([
      'DATABASE_URL',
      'DATABASE_DIRECT_URL',
      'FLUXGATE_MIGRATION_DATABASE_URL',
      'REDIS_URL',
      'FLUXGATE_SECRET',
      'FLUXGATE_SECRET_PREVIOUS',
      'FLUXGATE_METRICS_TOKEN',
      'FLUXGATE_PROVIDER_<NAME>_CLIENT_SECRET',
    ]);
    for (const { default: text, meaning } of SETTINGS) {
      expect(meaning).toMatch(/\.$/);
      expect(text).not.toMatch(/null|undefined|^`?$/);
    }
  });
});
