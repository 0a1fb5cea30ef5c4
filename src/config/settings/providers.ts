import * as parse from '../parsers.js';
import type { SettingsOf } from '../setting.js';

export const GOOGLE_ISSUER = 'https://accounts.google.com';

/** An OpenID provider that people sign in with, and what this gateway is to it. */
export interface ProviderConfig {
  /** In addresses and settings: lower-case letters, digits and -. */
  readonly name: string;
  /** As the provider spells it. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  /** Other client ids whose ID tokens are taken: those of native apps. */
  readonly audiences: readonly string[];
  /** Whose addresses it may vouch for, in ASCII and lower case; `*`: everybody's. */
  readonly emailDomains: '*' | readonly string[];
}

export interface ProviderValues {
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly audiences: readonly string[];
  /** null: not said. */
  readonly emailDomains: '*' | readonly string[] | null;
}

/** The rows of one provider of FLUXGATE_PROVIDERS. */
export function providerSettings(name: string): SettingsOf<ProviderValues> {
  const prefix = `FLUXGATE_PROVIDER_${name.toUpperCase().replaceAll('-', '_')}`;
  return {
    issuer: {
      name: `${prefix}_ISSUER`,
      parse: parse.issuer,
      unset: () => (name === 'google' ? GOOGLE_ISSUER : null),
      default: "none; for `google`, Google's",
      meaning: 'Issuer of a provider that `FLUXGATE_PROVIDERS` names: its `/.well-known/openid-configuration` is read.',
    },
    clientId: {
      name: `${prefix}_CLIENT_ID`,
      parse: parse.clientId,
      unset: () => null,
      default: 'none',
      meaning: 'Client id that the provider gave. Required.',
    },
    clientSecret: {
      name: `${prefix}_CLIENT_SECRET`,
      parse: parse.clientSecret,
      unset: () => null,
      default: 'none',
      meaning: 'Client secret that the provider gave; without it a public client.',
      isSecret: true,
    },
    audiences: {
      name: `${prefix}_AUDIENCES`,
      parse: parse.clientIds,
      unset: () => Object.freeze([]),
      default: 'none',
      meaning: 'Other client ids whose ID tokens are taken, as those of native apps.',
    },
    emailDomains: {
      name: `${prefix}_EMAIL_DOMAINS`,
      parse: parse.emailDomains,
      spell: (domains) => (domains === '*' ? '*' : domains?.join() || 'none'),
      unset: () => null,
      default: '`*`: every one, of Google what it hosts',
      meaning:
        'Domains whose e-mail addresses it may vouch for: `example.com,example.org`, `*` or `none`. ' +
        'Required in production, but for Google.',
    },
  };
}
