import { isLoopback } from './loopback.js';
import type { Values } from './settings.js';
import { tracesProblem } from './settings/traces.js';

/** What no setting can tell alone. */
interface Rule {
  /** Checked only when all of these could be read. */
  readonly joins: readonly (keyof Values)[];
  /** What serving needs, and migrating does not. */
  readonly onlyToServe?: true;
  readonly problem: (values: Values) => string | null;
}

export const rules: readonly Rule[] = [
  {
    joins: ['environment', 'databaseUrl', 'allowEmbedded'],
    onlyToServe: true,
    problem: ({ environment, databaseUrl, allowEmbedded }) =>
      environment === 'production' && databaseUrl === null && !allowEmbedded
        ? 'DATABASE_URL is not set: give production a PostgreSQL server, or set FLUXGATE_ALLOW_EMBEDDED=1 to run it on the embedded database.'
        : null,
  },
  {
    joins: ['environment', 'databaseUrl', 'secret'],
    onlyToServe: true,
    problem: ({ environment, databaseUrl, secret }) => {
      if (secret !== null || (environment !== 'production' && databaseUrl === null)) return null;
      const why = databaseUrl === null ? 'in production' : 'with DATABASE_URL';
      return `FLUXGATE_SECRET is not set: it is required ${why}, the same for every node; make one with \`openssl rand -base64 32\`.`;
    },
  },
  {
    joins: ['databaseUrl', 'databaseDirectUrl'],
    onlyToServe: true,
    problem: ({ databaseUrl, databaseDirectUrl }) =>
      databaseUrl === null && databaseDirectUrl !== null
        ? 'DATABASE_DIRECT_URL is set and DATABASE_URL is not: without a pooler, DATABASE_URL alone names the server.'
        : null,
  },
  {
    joins: ['port', 'metricsPort'],
    onlyToServe: true,
    problem: ({ port, metricsPort }) =>
      metricsPort === port ? 'FLUXGATE_METRICS_PORT is PORT: metrics have a port of their own.' : null,
  },
  {
    joins: ['otlpEndpoint', 'otlpTracesEndpoint', 'otlpProtocol', 'otlpTracesProtocol', 'tracesExporter'],
    onlyToServe: true,
    problem: tracesProblem,
  },
  {
    joins: ['environment', 'publicUrl'],
    onlyToServe: true,
    problem: ({ environment, publicUrl }) => {
      if (environment !== 'production') return null;
      if (publicUrl === null) {
        return 'FLUXGATE_PUBLIC_URL is not set: production needs the origin that clients use, as in https://auth.example.com.';
      }
      return publicUrl.startsWith('https:') || isLoopback(new URL(publicUrl).hostname)
        ? null
        : `FLUXGATE_PUBLIC_URL is "${publicUrl}": use https in production, because tokens and cookies cross the network.`;
    },
  },
  {
    joins: ['publicUrl', 'cookieSameSite'],
    problem: ({ publicUrl, cookieSameSite }) =>
      cookieSameSite === 'none' && !publicUrl?.startsWith('https:')
        ? 'FLUXGATE_COOKIE_SAMESITE is "none": browsers take such cookies over https only, so set FLUXGATE_PUBLIC_URL to an https origin.'
        : null,
  },
  {
    joins: ['publicUrl', 'cookieDomain'],
    problem: ({ publicUrl, cookieDomain }) => {
      if (cookieDomain === null) return null;
      const host = publicUrl === null ? '' : new URL(publicUrl).hostname;
      return publicUrl?.startsWith('https:') && (host === cookieDomain || host.endsWith(`.${cookieDomain}`))
        ? null
        : `FLUXGATE_COOKIE_DOMAIN is "${cookieDomain}": it needs an https FLUXGATE_PUBLIC_URL whose host is in that domain.`;
    },
  },
  {
    joins: ['audience', 'forwardAuthAudience'],
    problem: ({ audience, forwardAuthAudience }) =>
      audience === forwardAuthAudience
        ? `FLUXGATE_FORWARD_AUTH_AUDIENCE is "${audience}": use another than FLUXGATE_AUDIENCE, or a service could pass its tokens off as access tokens.`
        : null,
  },
  {
    joins: ['accessTtlSeconds', 'refreshIdleTtlSeconds'],
    problem: ({ accessTtlSeconds: access, refreshIdleTtlSeconds: idle }) =>
      idle < access
        ? `FLUXGATE_REFRESH_IDLE_TTL is ${idle}: use at least FLUXGATE_ACCESS_TTL, ${access} seconds.`
        : null,
  },
  {
    joins: ['refreshIdleTtlSeconds', 'refreshAbsoluteTtlSeconds'],
    problem: ({ refreshIdleTtlSeconds: idle, refreshAbsoluteTtlSeconds: absolute }) =>
      absolute < idle
        ? `FLUXGATE_REFRESH_ABSOLUTE_TTL is ${absolute}: use at least FLUXGATE_REFRESH_IDLE_TTL, ${idle} seconds.`
        : null,
  },
  {
    joins: ['refreshGraceSeconds', 'refreshIdleTtlSeconds'],
    problem: ({ refreshGraceSeconds: grace, refreshIdleTtlSeconds: idle }) =>
      grace >= idle
        ? `FLUXGATE_REFRESH_GRACE is ${grace}: use less than FLUXGATE_REFRESH_IDLE_TTL, ${idle} seconds.`
        : null,
  },
];
