import { hostUrls } from './database-hosts.js';
import { NoPrimaryError } from './primary.js';

/** As much of an address as a sentence needs. */
interface Address {
  readonly url: string;
  readonly setting: string;
}

interface Facts {
  readonly user: string;
  readonly setting: string;
  /** What the server or the system said. */
  readonly said: string;
}

type Sentence = (facts: Facts) => string;

const wrongPassword: Sentence = ({ user, setting }) =>
  `the role ${user} does not exist there or its password is another one: correct ${setting}`;
const noSuchDatabase: Sentence = ({ setting }) => `there is no such database: create it, or correct ${setting}`;
const noAnswer: Sentence = ({ setting }) =>
  `it does not answer: check host and port in ${setting}, and the firewalls on the way`;
const unknownHost: Sentence = ({ setting }) => `its host name is not known: correct ${setting}`;
const untrusted: Sentence = ({ setting, said }) =>
  `its certificate is not trusted (${said}): name the file of its authority with sslrootcert in ${setting}`;

/** By SQLSTATE (PostgreSQL, appendix A), and by Node's codes of the system and of TLS. */
const BY_CODE: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: ({ setting }) => `nothing listens there: start PostgreSQL, or correct host and port in ${setting}`,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ETIMEDOUT: noAnswer,
  EHOSTUNREACH: noAnswer,
  ENETUNREACH: noAnswer,
  ECONNRESET: ({ setting }) => `it cuts the connection: check that ${setting} leads to a PostgreSQL server`,
  ENOENT: ({ setting, said }) => `a file that ${setting} names cannot be read (${said})`,
  EACCES: ({ setting, said }) => `a file that ${setting} names cannot be read (${said})`,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: () => 'its certificate has expired: renew it there',
  ERR_TLS_CERT_ALTNAME_INVALID: ({ setting }) =>
    `its certificate is for another host: name the host in ${setting} as the certificate does`,
  '25006': ({ setting }) => `it can only be read, as a standby is: name the primary in ${setting}`,
  '28P01': wrongPassword,
  '28000': ({ user, said }) =>
    /no encryption/.test(said)
      ? `it lets ${user} in from here over TLS or not at all: add sslmode=verify-full to the URL, or a line to pg_hba.conf`
      : `it does not let ${user} in (${said}): add a line to its pg_hba.conf, or LOGIN to the role`,
  '3D000': noSuchDatabase,
  '42501': ({ user, said }) =>
    `the role ${user} may not do that (${said}): use the role that owns the tables, or grant with deploy/postgres/roles.sql`,
  '53300': ({ said }) =>
    `it has no connection to spare (${said}): lower FLUXGATE_DATABASE_POOL, or raise max_connections`,
  '55P03': () => 'its tables were in use for longer than FLUXGATE_DATABASE_LOCK_TIMEOUT: try again in a quiet moment',
  '57P03': () => 'it is starting up or shutting down: try again in a moment',
};

/** What has no code of its own: what the driver says, and PgBouncer. */
const BY_MESSAGE: readonly (readonly [RegExp, Sentence])[] = [
  [
    /unsupported startup parameter/,
    () => 'a pooler in transaction mode stands before it: set DATABASE_DIRECT_URL to the PostgreSQL server itself',
  ],
  [/no such database/, noSuchDatabase],
  [/password authentication failed|SASL authentication failed|no such user/, wrongPassword],
  [/password must be a (non-empty )?string/, ({ setting }) => `it asks for a password: add one to ${setting}`],
  [
    /server does not support SSL/,
    ({ setting }) =>
      `it offers no TLS: turn ssl on there, or take sslmode out of ${setting} where nobody can listen on the way`,
  ],
  [/timeout (expired|exceeded)/, noAnswer],
  [/Connection terminated/, ({ setting }) => `it ends the connection: check that ${setting} leads to PostgreSQL`],
];

/**
 * What is wrong with a database and what to do, as the end of a sentence without its full stop. Pure; never holds the
 * URL's password.
 */
export function databaseProblem(error: unknown, address: Address): string {
  if (error instanceof NoPrimaryError)
    return error.failures.map(({ at, error: why }) => `${at}: ${databaseProblem(why, address)}`).join('; ');
  const { url, setting } = address;
  const { code, message } = firstOf(error);
  const said = message.split('\n', 1)[0] ?? '';
  const facts = {
    user: decodeURIComponent(new URL(hostUrls(url)[0] ?? '').username) || 'of this account',
    setting,
    said,
  };
  const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(said))?.[1];
  return (byMessage ?? BY_CODE[code])?.(facts) ?? said.replace(/\.$/, '');
}

/** Of the errors that a name with several addresses fails with, one for each, the first. */
function firstOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AggregateError) return firstOf(error.errors[0]);
  const { code, message, name } = Object(error) as { code?: string; message?: string; name?: string };
  return { code: code ?? '', message: message || name || String(error) };
}
