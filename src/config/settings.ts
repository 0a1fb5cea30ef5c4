import { resolve } from 'node:path';
import type { LevelWithSilent } from 'pino';
import * as parse from './parsers.js';
import { ENVIRONMENTS, type EnvironmentName, type SettingsOf } from './setting.js';
import { cleanUpSettings, type CleanUpValues } from './settings/clean-up.js';
import { databaseSettings, type DatabaseValues } from './settings/database.js';
import { forwardAuthSettings, type ForwardAuthValues } from './settings/forward-auth.js';
import { hashingSettings, type HashingValues } from './settings/hashing.js';
import { processSettings, type ProcessValues } from './settings/processes.js';
import type { ProviderConfig } from './settings/providers.js';
import { rateLimitSettings, type RateLimitValues } from './settings/rate-limits.js';
import { sessionSettings, type SessionValues } from './settings/sessions.js';
import { telemetrySettings, type TelemetryValues } from './settings/telemetry.js';
import { tracesSettings, type TracesValues } from './settings/traces.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const satisfies LevelWithSilent[];
const SIGNING_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const;

/** Everything the environment decides, checked. Frozen; what is absent is null. */
export interface Config
  extends
    DatabaseValues,
    ProcessValues,
    CleanUpValues,
    ForwardAuthValues,
    Omit<HashingValues, 'hashThreads'>,
    RateLimitValues,
    SessionValues,
    TelemetryValues,
    TracesValues {
  readonly environment: EnvironmentName;
  readonly host: string;
  /** 0: the system picks a free port. */
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Of the secret before this one: still verifies and decrypts. */
  readonly secretPrevious: string | null;
  /** null: kept in a file in the data folder. Never so with DATABASE_URL or in production. */
  readonly secret: string | null;
  /** An origin, without a trailing slash. null: http://localhost:PORT. */
  readonly publicUrl: string | null;
  readonly audience: string;
  readonly corsOrigins: readonly string[];
  /** Beside those and our own, where a browser may be sent back to. */
  readonly returnOrigins: readonly string[];
  /** null: cookies stay on this host. */
  readonly cookieDomain: string | null;
  readonly cookieSameSite: 'strict' | 'none';
  readonly signup: 'open' | 'closed';
  readonly providerNames: readonly string[];
  /** In the order of their names. */
  readonly providers: readonly ProviderConfig[];
  readonly introspection: boolean;
  /** Apollo Sandbox is the landing page: in development only. */
  readonly sandbox: boolean;
  /** GraphiQL is served at /explorer; in production only together with the introspection that it needs. */
  readonly explorer: boolean;
  /** IP addresses and CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly signingAlgorithm: (typeof SIGNING_ALGORITHMS)[number];
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly allowEmbedded: boolean;
  /** Of one process. */
  readonly hashThreads: number;
  /** Where traces go; null: there are none. */
  readonly tracesUrl: string | null;
  /** One sentence each, for the log: names that look like settings and are none. */
  readonly warnings: readonly string[];
}

/** What the environment says directly. */
export type Values = Omit<Config, 'sandbox' | 'explorer' | 'providers' | 'tracesUrl' | 'warnings' | 'hashThreads'> &
  HashingValues;

/** One row a setting, in the order in which the documentation lists them. Names are part of the public contract. */
export const settings: SettingsOf<Values> = {
  environment: {
    name: 'NODE_ENV',
    parse: parse.words(...ENVIRONMENTS),
    unset: () => 'development',
    meaning: '`development`, `production` or `test`.',
  },
  host: {
    name: 'HOST',
    parse: parse.listenHost,
    unset: (environment) => (environment === 'production' ? '0.0.0.0' : '127.0.0.1'),
    default: '`127.0.0.1`, in production `0.0.0.0`',
    meaning: 'Address to listen on. Outside production only this machine can reach it, unless you say so.',
  },
  port: {
    name: 'PORT',
    parse: parse.wholeNumber(0, 65_535),
    unset: () => 4000,
    meaning: 'TCP port to listen on; 0 takes a free one.',
  },
  ...databaseSettings,
  ...processSettings,
  ...cleanUpSettings,
  dataDir: {
    name: 'FLUXGATE_DATA_DIR',
    parse: parse.folder,
    unset: () => resolve('.fluxgate'),
    default: '`.fluxgate`',
    meaning: 'Folder of the embedded database and the secret.',
  },
  secret: {
    name: 'FLUXGATE_SECRET',
    parse: parse.secret,
    unset: () => null,
    default: 'a file in the data folder',
    meaning:
      'At least 32 random bytes; all tokens and keys depend on it, and all nodes share it. ' +
      'Required with `DATABASE_URL` and in production.',
    isSecret: true,
  },
  secretPrevious: {
    name: 'FLUXGATE_SECRET_PREVIOUS',
    parse: parse.secret,
    unset: () => null,
    default: 'none',
    meaning: 'The secret before this one, while tokens made with it are still about.',
    isSecret: true,
  },
  publicUrl: {
    name: 'FLUXGATE_PUBLIC_URL',
    parse: parse.origin,
    unset: () => null,
    default: '`http://localhost:PORT`',
    meaning: 'Origin that clients use; the issuer of every token. Required in production, and https there.',
  },
  audience: {
    name: 'FLUXGATE_AUDIENCE',
    parse: parse.audience,
    unset: () => 'fluxgate',
    meaning: 'Audience (`aud`) of access tokens.',
  },
  corsOrigins: {
    name: 'FLUXGATE_CORS_ORIGINS',
    parse: parse.allowedOrigins,
    unset: () => Object.freeze([]),
    default: 'none',
    meaning: 'Other origins whose pages may call with cookies: `https://app.example.com,https://…`.',
  },
  returnOrigins: {
    name: 'FLUXGATE_RETURN_ORIGINS',
    parse: parse.origins,
    unset: () => Object.freeze([]),
    default: 'none',
    meaning: 'Origins that a sign-in may lead back to, beside our own and those of `FLUXGATE_CORS_ORIGINS`.',
  },
  cookieDomain: {
    name: 'FLUXGATE_COOKIE_DOMAIN',
    parse: parse.cookieDomain,
    unset: () => null,
    default: 'this host only',
    meaning: 'Shares the access and device cookies with sister hosts: `example.com`. The refresh cookie never leaves.',
  },
  cookieSameSite: {
    name: 'FLUXGATE_COOKIE_SAMESITE',
    parse: parse.words('strict', 'none'),
    unset: () => 'strict',
    meaning: '`none` lets pages of other sites in `FLUXGATE_CORS_ORIGINS` use cookies; needs https.',
  },
  signup: {
    name: 'FLUXGATE_SIGNUP',
    parse: parse.words('open', 'closed'),
    unset: () => 'open',
    meaning: '`open` or `closed`: whether people can sign themselves up.',
  },
  providerNames: {
    name: 'FLUXGATE_PROVIDERS',
    parse: parse.providerNames,
    unset: () => Object.freeze([]),
    default: 'none',
    meaning: 'OpenID providers to sign in with: `google`, and any other by a name of your own: `google,acme`.',
  },
  introspection: {
    name: 'FLUXGATE_INTROSPECTION',
    parse: parse.oneOf({ on: true, off: false }),
    spell: (value) => (value ? 'on' : 'off'),
    unset: (environment) => environment !== 'production',
    default: '`on`, in production `off`',
    meaning: '`on` or `off`: whether GraphQL tells its schema.',
  },
  trustedProxies: {
    name: 'FLUXGATE_TRUSTED_PROXIES',
    parse: parse.trustedProxies,
    unset: () => Object.freeze([]),
    default: 'none',
    meaning: 'IP addresses and CIDR ranges of the reverse proxies whose `X-Forwarded-For` is believed.',
  },
  ...forwardAuthSettings,
  ...sessionSettings,
  ...rateLimitSettings,
  signingAlgorithm: {
    name: 'FLUXGATE_SIGNING_ALGORITHM',
    parse: parse.words(...SIGNING_ALGORITHMS),
    unset: () => 'EdDSA',
    meaning: '`EdDSA`, `ES256` or `RS256`: how new signing keys sign.',
  },
  logLevel: {
    name: 'FLUXGATE_LOG_LEVEL',
    parse: parse.words(...LOG_LEVELS),
    unset: () => 'info',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  },
  allowEmbedded: {
    name: 'FLUXGATE_ALLOW_EMBEDDED',
    parse: parse.oneOf({ 1: true, 0: false }),
    spell: (value) => (value ? '1' : '0'),
    unset: () => false,
    default: '`0`',
    meaning: '`1` allows the embedded database in production.',
  },
  ...hashingSettings,
  ...telemetrySettings,
  ...tracesSettings,
};
