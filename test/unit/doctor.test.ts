import { readConfig } from '../../src/config.js';
import { checkCookies } from '../../src/cli/doctor/cookies.js';
import { refused } from '../../src/cli/doctor/finding.js';
import { checkProviders } from '../../src/cli/doctor/providers.js';
import { checkProxy } from '../../src/cli/doctor/proxy.js';
import { checkSecret } from '../../src/cli/doctor/secret.js';
import { judgeLink } from '../../src/cli/doctor/tls.js';
import { deriveKeys } from '../../src/domain/key-derivation.js';
import { StartupError } from '../../src/errors.js';
import { TEST_SECRET } from '../support/gateway.js';
import { providerEnv, startOpenidProvider } from '../support/openid-provider.js';

const HTTPS = { FLUXGATE_PUBLIC_URL: 'https://auth.example.com' };

describe('proxy trust', () => {
  it.each<[string, Record<string, string>, 'ok' | 'warning', RegExp]>([
    ['a developer’s machine', {}, 'ok', /no proxy/],
    [
      'a proxy that is named',
      { ...HTTPS, HOST: '0.0.0.0', FLUXGATE_TRUSTED_PROXIES: '10.0.0.0/8' },
      'ok',
      /10\.0\.0\.0\/8/,
    ],
    ['a proxy on this machine', { ...HTTPS, FLUXGATE_TRUSTED_PROXIES: '127.0.0.1,::1' }, 'ok', /127\.0\.0\.1/],
    ['a proxy that is not named', { ...HTTPS, HOST: '0.0.0.0' }, 'warning', /all clients share its address and limits/],
    ['a proxy on this machine that is not named', HTTPS, 'warning', /all clients share its address and limits/],
    [
      'a proxy that cannot reach us',
      { ...HTTPS, FLUXGATE_TRUSTED_PROXIES: '10.0.0.7' },
      'warning',
      /which only this machine reaches/,
    ],
    [
      'a proxy that can be passed by',
      { ...HTTPS, HOST: '::', FLUXGATE_TRUSTED_PROXIES: '127.0.0.0/8,::1' },
      'warning',
      /others can pass it by, without TLS/,
    ],
  ])('sees %s', (_, env, outcome, saw) => {
    const finding = checkProxy(readConfig(env));
    expect(finding).toMatchObject({ outcome, saw: expect.stringMatching(saw) });
    expect(finding.advice === null).toBe(outcome === 'ok');
  });

  it('says which addresses to trust where the proxy must be on this machine', () => {
    expect(checkProxy(readConfig(HTTPS)).advice).toContain('127.0.0.1,::1');
  });
});

describe('providers', () => {
  it('are asked, each for its keys', async () => {
    const [google, acme] = [await startOpenidProvider(), await startOpenidProvider()];
    acme.trouble = 503;
    try {
      const env = { ...providerEnv({ google, acme }), FLUXGATE_PROVIDER_GOOGLE_ISSUER: google.issuer };
      expect(await checkProviders(readConfig(env))).toEqual([
        {
          check: 'providers',
          outcome: 'warning',
          saw: `google: ${google.issuer} names 1 key, and may vouch for every address: whoever runs it can sign in as anybody who has no role`,
          advice: 'list the domains that are its own in FLUXGATE_PROVIDER_GOOGLE_EMAIL_DOMAINS',
        },
        {
          check: 'providers',
          outcome: 'failed',
          saw: `acme: ${acme.issuer} cannot be used: ${new URL(acme.issuer).host} answered 503`,
          advice: expect.stringContaining('FLUXGATE_PROVIDER_ACME_ISSUER'),
        },
      ]);
      const slash = { ...env, FLUXGATE_PROVIDER_GOOGLE_ISSUER: `${google.issuer}/` };
      const [finding] = await checkProviders(readConfig(slash));
      expect(finding?.saw).toContain(`it calls itself ${google.issuer}`);
    } finally {
      await google.close();
      await acme.close();
    }
  });

  it.each([
    ['acme.example,example.org', 'and may vouch for addresses of acme.example, example.org'],
    ['none', 'and may vouch for no address'],
  ])('may vouch for the addresses that are theirs: %s', async (domains, saw) => {
    const acme = await startOpenidProvider();
    try {
      const env = { ...providerEnv({ acme }), FLUXGATE_PROVIDER_ACME_EMAIL_DOMAINS: domains };
      const found = { outcome: 'ok', saw: expect.stringMatching(`names 1 key, ${saw}$`) };
      expect(await checkProviders(readConfig(env))).toMatchObject([found]);
    } finally {
      await acme.close();
    }
  });

  it('are none unless some are named', async () => {
    expect(await checkProviders(readConfig({}))).toEqual([]);
  });
});

describe('cookies', () => {
  it.each<[string, Record<string, string>, ('ok' | 'warning')[], RegExp]>([
    ['a developer’s machine', {}, ['ok'], /made for http:\/\/localhost:4000/],
    [
      'pages of the same site',
      { ...HTTPS, FLUXGATE_CORS_ORIGINS: 'https://app.example.com' },
      ['ok'],
      /app\.example\.com/,
    ],
    [
      'sister hosts',
      { ...HTTPS, FLUXGATE_COOKIE_DOMAIN: 'example.com' },
      ['ok'],
      /shared with all hosts of example\.com/,
    ],
    [
      'an address that others reach, and no public origin',
      { HOST: '0.0.0.0' },
      ['warning'],
      /made for http:\/\/localhost/,
    ],
    ['no https', { FLUXGATE_PUBLIC_URL: 'http://10.0.0.5:4000' }, ['warning'], /cookies are not Secure/],
    [
      'pages of another site',
      { ...HTTPS, FLUXGATE_CORS_ORIGINS: 'https://app.example.org,https://example.com' },
      ['warning'],
      /^pages of https:\/\/app\.example\.org are another site than https:\/\/auth\.example\.com/,
    ],
    [
      'a page of our own site over http, which is another site to a browser',
      { ...HTTPS, FLUXGATE_CORS_ORIGINS: 'http://app.example.com' },
      ['warning'],
      /^pages of http:\/\/app\.example\.com are another site/,
    ],
    [
      'a neighbour under a public suffix',
      { FLUXGATE_PUBLIC_URL: 'https://a.github.io', FLUXGATE_CORS_ORIGINS: 'https://b.github.io' },
      ['warning'],
      /another site/,
    ],
    [
      'pages of another site, which SameSite=none is for',
      { ...HTTPS, FLUXGATE_CORS_ORIGINS: 'https://app.example.org', FLUXGATE_COOKIE_SAMESITE: 'none' },
      ['ok'],
      /app\.example\.org/,
    ],
    [
      'SameSite=none for nobody',
      { ...HTTPS, FLUXGATE_COOKIE_SAMESITE: 'none' },
      ['warning'],
      /no page of another site/,
    ],
    [
      'two things at once',
      { HOST: '0.0.0.0', FLUXGATE_CORS_ORIGINS: 'https://app.example.org' },
      ['warning', 'warning'],
      /made for/,
    ],
  ])('sees %s', (_, env, outcomes, saw) => {
    const findings = checkCookies(readConfig(env));
    expect(findings.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(findings[0]?.saw).toMatch(saw);
  });
});

describe('the secret', () => {
  it('is told by its length alone', () => {
    const { finding } = checkSecret(TEST_SECRET, readConfig({}));
    expect(finding).toEqual({ check: 'secret', outcome: 'ok', saw: '32 bytes', advice: null });
  });

  it('may be followed by the one before it, until the last session has refreshed', () => {
    const previous = [...TEST_SECRET].reverse().join('');
    const { finding, secrets } = checkSecret(TEST_SECRET, readConfig({ FLUXGATE_SECRET_PREVIOUS: previous }));
    expect(finding).toMatchObject({ outcome: 'ok', saw: expect.stringContaining('remove it when 7 days after') });
    expect(secrets.all).toHaveLength(2);
  });

  it('is not the one before it', () => {
    const { finding } = checkSecret(TEST_SECRET, readConfig({ FLUXGATE_SECRET_PREVIOUS: TEST_SECRET }));
    expect(finding).toMatchObject({ outcome: 'warning', saw: 'FLUXGATE_SECRET_PREVIOUS is FLUXGATE_SECRET itself' });
  });

  it('can be told apart from the one before it', () => {
    const { id } = deriveKeys(TEST_SECRET);
    const twins = Array.from({ length: 10_000 }, (_, at) => `${TEST_SECRET}${at}`).filter(
      (it) => deriveKeys(it).id === id,
    );
    const config = readConfig({ FLUXGATE_SECRET_PREVIOUS: twins[0] });
    expect(() => checkSecret(TEST_SECRET, config)).toThrow(/cannot be told apart in tokens: make another/);
  });
});

describe('the link to the database', () => {
  it.each([
    [{ protocol: 'TLSv1.3', certificateChecked: true, onThisMachine: false }, 'ok'],
    [{ protocol: 'TLSv1.3', certificateChecked: false, onThisMachine: false }, 'warning'],
    [{ protocol: null, certificateChecked: false, onThisMachine: true }, 'ok'],
    [{ protocol: null, certificateChecked: false, onThisMachine: false }, 'warning'],
  ])('%j is %s', (link, outcome) => {
    expect(judgeLink(link).outcome).toBe(outcome);
  });
});

describe('a refusal to start', () => {
  it.each([
    [
      'The host a:1 cannot be used: nothing listens there: start it.',
      'The host a:1 cannot be used: nothing listens there',
      'start it',
    ],
    ['It is so.', 'It is so.', 'docs/operations.md explains it: "Troubleshooting by message"'],
  ])('becomes what is wrong and what to do: %s', (message, saw, advice) => {
    expect(refused('it', new StartupError(message))).toEqual({ check: 'it', outcome: 'failed', saw, advice });
  });
});
