import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, settingsInForce } from '../../src/config.js';
import { problemsOf } from '../support/config-refusal.js';
import { TEST_SECRET } from '../support/gateway.js';

const GOOGLE = { FLUXGATE_PROVIDERS: 'google', FLUXGATE_PROVIDER_GOOGLE_CLIENT_ID: '1.apps.example' };
const ACME = {
  FLUXGATE_PROVIDERS: 'acme-id',
  FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'https://id.acme.example/realm',
  FLUXGATE_PROVIDER_ACME_ID_CLIENT_ID: 'fluxgate',
  FLUXGATE_PROVIDER_ACME_ID_CLIENT_SECRET: 'hunter2-hunter2',
  FLUXGATE_PROVIDER_ACME_ID_AUDIENCES: 'android, ios',
};

describe('the settings of a provider', () => {
  it('need no issuer for Google', () => {
    expect(readConfig(GOOGLE).providers).toEqual([
      {
        name: 'google',
        issuer: 'https://accounts.google.com',
        clientId: '1.apps.example',
        clientSecret: null,
        audiences: [],
        emailDomains: '*',
      },
    ]);
  });

  it('are read by its name, several at once', () => {
    const { providers, warnings } = readConfig({ ...GOOGLE, ...ACME, FLUXGATE_PROVIDERS: 'google,acme-id' });
    expect(warnings).toEqual([]);
    expect(providers.map(({ name }) => name)).toEqual(['google', 'acme-id']);
    expect(providers[1]).toEqual({
      name: 'acme-id',
      issuer: 'https://id.acme.example/realm',
      clientId: 'fluxgate',
      clientSecret: 'hunter2-hunter2',
      audiences: ['android', 'ios'],
      emailDomains: '*',
    });
  });

  it('may have the client secret in a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluxgate-providers-'));
    try {
      const file = join(folder, 'secret');
      writeFileSync(file, 'from-a-file\n');
      const env = { ...GOOGLE, FLUXGATE_PROVIDER_GOOGLE_CLIENT_SECRET_FILE: file };
      expect(readConfig(env)).toMatchObject({ warnings: [], providers: [{ clientSecret: 'from-a-file' }] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are among the settings in force, the secret masked', () => {
    const rows = new Map(settingsInForce(ACME).map(({ name, ...row }) => [name, row]));
    expect(rows.get('FLUXGATE_PROVIDERS')).toEqual({ value: 'acme-id', source: 'environment' });
    expect(rows.get('FLUXGATE_PROVIDER_ACME_ID_AUDIENCES')?.value).toBe('android,ios');
    expect(rows.get('FLUXGATE_PROVIDER_ACME_ID_CLIENT_SECRET')).toEqual({ value: '********', source: 'environment' });
  });

  it('are all complained about at once, and a secret is not repeated', () => {
    const problems = problemsOf({
      ...ACME,
      FLUXGATE_PROVIDERS: 'acme-id,other',
      FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'http://id.acme.example',
      FLUXGATE_PROVIDER_ACME_ID_CLIENT_SECRET: 'hunter2 hunter2',
    });
    expect(problems).toEqual([
      expect.stringMatching(/^FLUXGATE_PROVIDER_ACME_ID_ISSUER is "http:.*": use https/),
      expect.stringMatching(/^FLUXGATE_PROVIDER_ACME_ID_CLIENT_SECRET cannot be used: (?!.*hunter2)/),
      'FLUXGATE_PROVIDER_OTHER_ISSUER is not set: FLUXGATE_PROVIDERS names other, which needs it.',
      'FLUXGATE_PROVIDER_OTHER_CLIENT_ID is not set: FLUXGATE_PROVIDERS names other, which needs it.',
    ]);
  });

  it.each([
    ['a name in capitals', { FLUXGATE_PROVIDERS: 'Google' }, 'use names of lower-case letters'],
    ['a name that leaves its path', { FLUXGATE_PROVIDERS: '../x' }, 'use names of lower-case letters'],
    ['no URL', { ...ACME, FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'id.acme.example' }, 'use the issuer'],
    ['a query', { ...ACME, FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'https://id.acme.example?x' }, 'use the issuer'],
    ['a password', { ...ACME, FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'https://a:hunter2@id.example' }, 'use the issuer'],
    ['a space', { ...ACME, FLUXGATE_PROVIDER_ACME_ID_CLIENT_ID: 'two words' }, 'without a space'],
    [
      'an issuer that has a name already',
      {
        ...GOOGLE,
        ...ACME,
        FLUXGATE_PROVIDERS: 'google,acme-id',
        FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'https://accounts.google.com',
      },
      'is the issuer of another provider too',
    ],
    [
      'an issuer that has a name already, but for a slash',
      {
        ...GOOGLE,
        ...ACME,
        FLUXGATE_PROVIDERS: 'google,acme-id',
        FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'https://accounts.google.com/',
      },
      'is the issuer of another provider too',
    ],
  ])('are refused with %s', (_, env, why) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(why)]);
    expect(problemsOf(env).join()).not.toContain('hunter2');
  });

  it('list domains in one spelling, whatever theirs is', () => {
    const domainsOf = (text: string) =>
      readConfig({ ...ACME, FLUXGATE_PROVIDER_ACME_ID_EMAIL_DOMAINS: text }).providers[0]?.emailDomains;
    const spellings = 'Acme.Example, BÜCHER.example,xn--bcher-kva.example , acme.example';
    expect(domainsOf(spellings)).toEqual(['acme.example', 'xn--bcher-kva.example']);
    expect([domainsOf('none'), domainsOf(' * ')]).toEqual([[], '*']);
  });

  it('are shown with the domains that are in force', () => {
    const shown = (env: Record<string, string>) =>
      settingsInForce(env).find(({ name }) => name.endsWith('_EMAIL_DOMAINS'))?.value;
    expect(shown(GOOGLE)).toBe('*');
    const texts = ['acme.example,example.org', 'none', '*'];
    expect(texts.map((text) => shown({ ...ACME, FLUXGATE_PROVIDER_ACME_ID_EMAIL_DOMAINS: text }))).toEqual(texts);
  });

  it.each([
    '@acme.example',
    'ann@acme.example',
    '*.acme.example',
    '.acme.example',
    'acme.example.',
    'acme..example',
    'acme',
    'https://acme.example',
    'acme.example/x',
    'acme.example:443',
    'a%2eexample',
    'acme_id.example',
    '-acme.example',
    '127.0.0.1',
    '0x7f.1',
    'acme.example other.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}example`,
    '*,acme.example',
    'acme.example,none',
  ])('are refused with %j for a domain', (text) => {
    expect(problemsOf({ ...ACME, FLUXGATE_PROVIDER_ACME_ID_EMAIL_DOMAINS: text })).toEqual([
      expect.stringMatching(/^FLUXGATE_PROVIDER_ACME_ID_EMAIL_DOMAINS is ".*": use what follows the @ of addresses/),
    ]);
  });

  it('say in production whom a provider may vouch for, but for Google, which says it itself', () => {
    const production = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://fluxgate@db.example/fluxgate',
      FLUXGATE_SECRET: TEST_SECRET,
      FLUXGATE_PUBLIC_URL: 'https://auth.example.com',
    };
    expect(readConfig({ ...production, ...GOOGLE }).providers[0]?.emailDomains).toBe('*');
    expect(problemsOf({ ...production, ...ACME })).toEqual([
      'FLUXGATE_PROVIDER_ACME_ID_EMAIL_DOMAINS is not set: list the domains whose e-mail addresses acme-id may vouch ' +
        'for, as in example.com, or use none, or * for all of them.',
    ]);
    const elsewhere = { ...GOOGLE, FLUXGATE_PROVIDER_GOOGLE_ISSUER: 'https://id.acme.example' };
    expect(problemsOf({ ...production, ...elsewhere })).toHaveLength(1); // not by its name
    const said = { ...ACME, FLUXGATE_PROVIDER_ACME_ID_EMAIL_DOMAINS: '*' };
    expect(readConfig({ ...production, ...said }).providers[0]?.emailDomains).toBe('*');
  });

  it('take plain http on this machine', () => {
    const env = { ...ACME, FLUXGATE_PROVIDER_ACME_ID_ISSUER: 'http://127.0.0.1:9000' };
    expect(readConfig(env).providers[0]?.issuer).toBe('http://127.0.0.1:9000');
  });

  it('are pointed out when no provider has them', () => {
    expect(readConfig({ ...ACME, FLUXGATE_PROVIDERS: '' }).warnings).toHaveLength(4);
    expect(readConfig({ ...GOOGLE, FLUXGATE_PROVIDER_GOGLE_CLIENT_ID: 'x' }).warnings).toEqual([
      'FLUXGATE_PROVIDER_GOGLE_CLIENT_ID is not a setting: did you mean FLUXGATE_PROVIDER_GOOGLE_CLIENT_ID?',
    ]);
  });
});
