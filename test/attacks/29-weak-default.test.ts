import { runCommand } from '../support/fluxgate-command.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  PORT: '0',
  FLUXGATE_PUBLIC_URL: 'https://auth.example.com',
};
const DATABASE_URL = 'postgres://app@db.invalid/app';

describe('29: a server in production', () => {
  it.each([
    ['without a secret', '', /^FLUXGATE_SECRET is not set: it is required /],
    ['with a short secret', 'k3J9vX0b7Tz2LrWm5YdCfHs8PaGeN1u', /^FLUXGATE_SECRET .*31 bytes.*at least 32/],
    ['with an example for a secret', 'changeme-please-changeme-now-changeme!', /^FLUXGATE_SECRET .*like an example/],
    ['with one character for a secret', 'a'.repeat(64), /^FLUXGATE_SECRET .*repeats itself/],
  ])('refuses to start %s, says why, and does not repeat it', async (_, secret, why) => {
    const env = { ...PRODUCTION, FLUXGATE_SECRET: secret };
    const { code, stdout, stderr } = await runCommand(['serve'], { databaseUrl: DATABASE_URL, env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(why);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    if (secret) expect(stderr).not.toContain(secret);
  });
});
