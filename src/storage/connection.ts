import { Socket } from 'node:net';
import type pg from 'pg';
import { StartupError } from '../errors.js';
import { hostNames, hostUrls } from './database-hosts.js';
import { databaseProblem } from './database-problem.js';
import { DatabaseClient, seekPrimary, type ConnectionOptions } from './primary.js';

/** What connections may take; a Config has them by the same names. */
export interface ConnectionLimits {
  /** In one gateway's pool. */
  readonly databasePoolConnections: number;
  /** Requests that may wait for one of them; the next is refused at once. */
  readonly databaseQueueLimit: number;
  readonly databaseConnectTimeoutSeconds: number;
  readonly databaseStatementTimeoutSeconds: number;
  readonly databaseLockTimeoutSeconds: number;
  /** Set where DATABASE_URL leads to a pooler in transaction mode: the server itself. */
  readonly databaseDirectUrl: string | null;
  /** null: wherever no pooler is known of. */
  readonly databasePrepare: boolean | null;
}

export const DEFAULT_LIMITS: ConnectionLimits = {
  databasePoolConnections: 8, // more were slower on two cores: the database has the same ones
  databaseQueueLimit: 500,
  databaseConnectTimeoutSeconds: 5,
  databaseStatementTimeoutSeconds: 10,
  databaseLockTimeoutSeconds: 5,
  databaseDirectUrl: null,
  databasePrepare: null,
};

/** A database, and the setting that names it: what an operator has to correct. */
export interface DatabaseAddress {
  readonly url: string;
  readonly setting: 'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'FLUXGATE_MIGRATION_DATABASE_URL';
}

/**
 * How to connect to serve. A pooler in transaction mode refuses parameters of a connection, because it hands the same
 * one to many: there the time-outs are those of the role.
 */
export function connectionOptions(url: string, limits: ConnectionLimits): ConnectionOptions {
  const statementTimeoutMs = limits.databaseStatementTimeoutSeconds * 1000;
  return toHosts(url, {
    fallback_application_name: 'fluxgate',
    connectionTimeoutMillis: limits.databaseConnectTimeoutSeconds * 1000,
    stream: () => socketThatGivesUp(longestStatementMs(limits)),
    ...(limits.databaseDirectUrl === null && {
      statement_timeout: statementTimeoutMs,
      lock_timeout: limits.databaseLockTimeoutSeconds * 1000,
      idle_in_transaction_session_timeout: statementTimeoutMs,
    }),
  });
}

/** MikroORM reads no parameters from a URL, TLS and the application's name among them: the driver is given it itself. */
function toHosts(url: string, options: pg.ClientConfig): ConnectionOptions {
  const each = hostUrls(url).map((connectionString) => ({ ...options, connectionString }));
  return { ...each[0], primary: each.length > 1 ? seekPrimary(each) : undefined };
}

/** Whether a statement that a connection has prepared will still be there when the next one comes. */
export function mayPrepare({ databasePrepare, databaseDirectUrl }: ConnectionLimits): boolean {
  return databasePrepare ?? databaseDirectUrl === null;
}

const FEED_STATEMENT_TIMEOUT_SECONDS = 3;

/**
 * How to connect for notifications: to the server itself, also where a pooler in transaction mode stands before it.
 * What hangs is noticed soon, while there is still time to ask on another connection.
 */
export function feedOptions(databaseUrl: string, limits: ConnectionLimits): ConnectionOptions {
  return {
    ...connectionOptions(limits.databaseDirectUrl ?? databaseUrl, {
      ...limits,
      databaseDirectUrl: null,
      databaseStatementTimeoutSeconds: FEED_STATEMENT_TIMEOUT_SECONDS,
    }),
    fallback_application_name: 'fluxgate feed',
  };
}

/** How to connect for beats: as the feed does, or, where that way leads nowhere, as the pool does. */
export function pulseWays(
  databaseUrl: string,
  limits: ConnectionLimits,
): readonly [ConnectionOptions, ...ConnectionOptions[]] {
  const name = { fallback_application_name: 'fluxgate pulse' };
  const direct = { ...feedOptions(databaseUrl, limits), ...name };
  return limits.databaseDirectUrl === null
    ? [direct]
    : [direct, { ...connectionOptions(databaseUrl, limits), ...name }];
}

/** The server ends a statement by its time-out, and needs a moment to say so. */
const ANSWER_LEEWAY_MS = 1_000;

/** After it a statement has ended, be it by its connection's end. */
export function longestStatementMs({ databaseStatementTimeoutSeconds }: ConnectionLimits): number {
  return databaseStatementTimeoutSeconds * 1000 + ANSWER_LEEWAY_MS;
}

/**
 * The server's time-outs do not help against a server that hangs, or a machine that is gone: a connection on which
 * nothing has come for longer than any statement may take is cut, and what waited for it fails.
 */
function socketThatGivesUp(silentMs: number): Socket {
  const socket = new Socket();
  const why = `the database has been silent for ${silentMs} ms`;
  return socket.setTimeout(silentMs, () => socket.destroy(Object.assign(new Error(why), { code: 'ETIMEDOUT' })));
}

/** How to connect to change tables: a change may take as long as it does, but others wait behind its locks. */
export function migrationOptions(
  url: string,
  limits: ConnectionLimits,
  lockTimeoutSeconds = limits.databaseLockTimeoutSeconds,
): ConnectionOptions {
  return toHosts(url, {
    fallback_application_name: 'fluxgate migrate',
    connectionTimeoutMillis: limits.databaseConnectTimeoutSeconds * 1000,
    options: `-c statement_timeout=0 -c lock_timeout=${lockTimeoutSeconds * 1000}`,
  });
}

/**
 * Runs `work` on one connection and ends it.
 *
 * @throws StartupError in one sentence, without the URL's password, when the database cannot be reached or refuses.
 */
export async function onConnection<T>(
  address: DatabaseAddress,
  options: ConnectionOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return namingProblems(address, async () => {
    const client = new DatabaseClient(options);
    client.on('error', () => undefined); // the query in flight fails with it, and tells
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}

/** Turns what the driver throws into the sentence for operators. @throws StartupError */
async function namingProblems<T>(address: DatabaseAddress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw unusable(address, databaseProblem(error, address), error);
  }
}

/** `reason` is what is wrong and what to do, without a full stop. */
export function unusable({ url }: DatabaseAddress, reason: string, cause?: unknown): StartupError {
  const name = decodeURIComponent(new URL(hostUrls(url)[0] ?? '').pathname.slice(1));
  return new StartupError(`The database ${name} at ${hostNames(url)} cannot be used: ${reason}.`, { cause });
}
