import { databaseProblem } from '../../src/storage/database-problem.js';
import { NoPrimaryError } from '../../src/storage/primary.js';
import { schemaProblem, type MigrationStatus } from '../../src/storage/migrations.js';
import { serverProblem } from '../../src/storage/requirements.js';

const URL = 'postgres://app:hunter2@db.example.com:5432/auth';
const problem = (error: unknown) => databaseProblem(error, { url: URL, setting: 'DATABASE_URL' });
const withCode = (code: string, message = 'said so') => Object.assign(new Error(message), { code });

describe('what is wrong with a database', () => {
  it.each([
    [
      'no server',
      withCode('ECONNREFUSED'),
      'nothing listens there: start PostgreSQL, or correct host and port in DATABASE_URL',
    ],
    ['a name that is not known', withCode('ENOTFOUND'), 'its host name is not known: correct DATABASE_URL'],
    ['a name server that is down', withCode('EAI_AGAIN'), 'its host name is not known: correct DATABASE_URL'],
    ['a firewall', new Error('timeout expired'), 'it does not answer: check host and port in DATABASE_URL'],
    ['a pool that waited', new Error('timeout exceeded when trying to connect'), 'it does not answer'],
    ['no route', withCode('EHOSTUNREACH'), 'it does not answer'],
    ['a wrong password', withCode('28P01'), 'the role app does not exist there or its password is another one'],
    ['a wrong password at PgBouncer', new Error('SASL authentication failed'), 'the role app does not exist there'],
    ['a user that PgBouncer does not know', new Error('no such user: app'), 'the role app does not exist there'],
    [
      'no password',
      new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      'add one to DATABASE_URL',
    ],
    [
      'TLS that is required',
      withCode('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "auth", no encryption'),
      'it lets app in from here over TLS or not at all: add sslmode=verify-full',
    ],
    [
      'an address that is not let in',
      withCode('28000', 'no pg_hba.conf entry for host "10.0.0.1", user "app", database "auth", SSL encryption'),
      'it does not let app in',
    ],
    ['a role without LOGIN', withCode('28000', 'role "app" is not permitted to log in'), 'or LOGIN to the role'],
    ['a database that is missing', withCode('3D000'), 'there is no such database: create it, or correct DATABASE_URL'],
    [
      'a database that PgBouncer does not know',
      withCode('08P01', 'no such database: auth'),
      'there is no such database',
    ],
    [
      'a missing privilege',
      withCode('42501', 'permission denied for table users'),
      'the role app may not do that (permission denied for table users)',
    ],
    ['a full server', withCode('53300', 'sorry, too many clients already'), 'lower FLUXGATE_DATABASE_POOL'],
    ['a server that starts', withCode('57P03'), 'it is starting up or shutting down'],
    ['a lock', withCode('55P03'), 'its tables were in use for longer than FLUXGATE_DATABASE_LOCK_TIMEOUT'],
    ['no TLS', new Error('The server does not support SSL connections'), 'it offers no TLS'],
    [
      'a certificate of its own',
      withCode('SELF_SIGNED_CERT_IN_CHAIN'),
      'name the file of its authority with sslrootcert',
    ],
    ['a certificate that is over', withCode('CERT_HAS_EXPIRED'), 'its certificate has expired'],
    ['a certificate of another', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'its certificate is for another host'],
    [
      'a file that is missing',
      withCode('ENOENT', "no such file, open '/ca.pem'"),
      'a file that DATABASE_URL names cannot be read',
    ],
    ['a pooler', withCode('08P01', 'unsupported startup parameter: statement_timeout'), 'set DATABASE_DIRECT_URL'],
    ['no PostgreSQL', withCode('ECONNRESET'), 'check that DATABASE_URL leads to a PostgreSQL server'],
    ['anything else', new Error('the moon is full.'), 'the moon is full'],
  ])('is told for %s, in the middle of a sentence and without the password', (_, error, expected) => {
    const told = problem(error);
    expect(told).toContain(expected);
    expect(told).toMatch(/^[^A-Z\n][^\n]*[^.\n]$/);
    expect(told).not.toContain('hunter2');
  });

  it('is the first one where a name has several addresses', () => {
    expect(problem(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]))).toMatch(
      /^nothing listens/,
    );
  });
});

describe('what is wrong with several servers', () => {
  it('is told of each by its name, without the password', () => {
    const failures = [
      { at: 'one:5432', error: withCode('ECONNREFUSED') },
      { at: 'two:5432', error: withCode('25006') },
    ];
    const url = 'postgres://app:hunter2@one,two/auth';
    expect(databaseProblem(new NoPrimaryError(failures), { url, setting: 'DATABASE_URL' })).toBe(
      'one:5432: nothing listens there: start PostgreSQL, or correct host and port in DATABASE_URL; ' +
        'two:5432: it can only be read, as a standby is: name the primary in DATABASE_URL',
    );
  });
});

describe('a server', () => {
  it.each([
    [{ version: '13.14', major: 13, readOnly: false }, 'it is PostgreSQL 13.14: upgrade it to 14 or later'],
    [{ version: '14.0', major: 14, readOnly: false }, null],
    [{ version: '18.1', major: 18, readOnly: true }, 'it can only be read, as a standby is: name the primary server'],
  ])('%j can be used: %s', (server, expected) => {
    expect(serverProblem(server)).toBe(expected);
  });
});

describe('tables', () => {
  const migration = (state: MigrationStatus['state']): MigrationStatus => ({ name: 'a', state, appliedAt: null });
  it.each<[string, MigrationStatus['state'][], string | null]>([
    ['of this version', ['applied', 'applied'], null],
    ['that are not there', ['pending', 'pending'], 'it is empty: run `fluxgate migrate up`'],
    ['that are behind by one', ['applied', 'pending'], '1 migration is missing: run `fluxgate migrate up`'],
    ['that are behind', ['applied', 'pending', 'pending'], '2 migrations are missing: run `fluxgate migrate up`'],
    [
      'that are ahead',
      ['applied', 'unknown', 'unknown'],
      'a newer Fluxgate has made 2 migrations there that this one does not know: use that version',
    ],
    [
      'of a branch of their own',
      ['applied', 'unknown', 'pending'],
      'a newer Fluxgate has made 1 migration there that this one does not know: use that version',
    ],
  ])('%s', (_, states, expected) => {
    expect(schemaProblem(states.map(migration))).toBe(expected);
  });
});
