import { NoPrimaryError } from '../../src/storage/primary.js';
import { isOutage } from '../../src/transport/edge/errors.js';

function coded(code: string, message = 'as the server says'): Error {
  return Object.assign(new Error(message), { code });
}

describe('errors of the database after which the same request may succeed', () => {
  it.each([
    ['no listener', coded('ECONNREFUSED')],
    ['no socket file', coded('ENOENT', 'connect ENOENT /run/postgresql/.s.PGSQL.5432')],
    ['a reset', coded('ECONNRESET', 'read ECONNRESET')],
    ['an abort of the system', coded('ECONNABORTED')],
    ['silence', coded('ETIMEDOUT')],
    ['a peer that has hung up', coded('EPIPE', 'This socket has been ended by the other party')],
    ['a socket that is gone', coded('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed')],
    ['a socket that was ended', coded('ERR_STREAM_WRITE_AFTER_END', 'write after end')],
    ['no way to its network', coded('ENETUNREACH')],
    ['no way to its host', coded('EHOSTUNREACH')],
    ['no port left to connect from', coded('EADDRNOTAVAIL')],
    ['a name server that is away', coded('EAI_AGAIN')],
    ['a connection failure', coded('08006')],
    ['a shutdown', coded('57P01', 'terminating connection due to administrator command')],
    ['a crash of another back-end', coded('57P02')],
    ['a start-up', coded('57P03')],
    ['a statement that took too long', coded('57014')],
    ['a lock that was not to be had', coded('55P03')],
    ['a pause in a transaction that took too long', coded('25P03')],
    ['a transaction that took too long', coded('25P04')],
    ['a standby', coded('25006')],
    ['several servers of which none can be written', new NoPrimaryError([{ at: 'one:5432', error: coded('28P01') }])],
    ['two transactions that waited for each other', coded('40P01', 'deadlock detected')],
    ['a transaction that another one overtook', coded('40001')],
    ['no connection to spare', coded('53300')],
    ['a disk that is full', coded('53100', 'could not extend file "base/5/16391": No space left on device')],
    ['a memory that is full', coded('53200', 'out of memory')],
    ['a disk that fails', coded('58030', 'could not read block 7 in file "base/5/16391": Input/output error')],
    ['no file descriptor left to connect with', coded('EMFILE', 'connect EMFILE 10.0.0.1:5432')],
    ['none on the whole machine', coded('ENFILE', 'connect ENFILE 10.0.0.1:5432')],
  ])('are known by their code: %s', (_, error) => {
    expect(isOutage(error)).toBe(true);
  });

  it.each([
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout expired',
    'timeout exceeded when trying to connect',
    'too many requests wait for a database connection',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
    'driver has already been destroyed',
    'There was an error establishing an SSL connection',
    'database "fluxgate" is not currently accepting connections',
  ])('are known by what is said, where there is no code: %s', (message) => {
    expect(isOutage(new Error(message))).toBe(true);
  });

  it.each([
    'query_wait_timeout',
    'server conn crashed?',
    'server login has been failing, try again later (server_login_retry)',
    'server login has been failing, cached error: connect failed (server_login_retry)',
    'no more connections allowed (max_client_conn)',
  ])('are known by what PgBouncer says: %s', (message) => {
    expect(isOutage(coded('08P01', message))).toBe(true);
  });

  it('are known when another error has them for its cause', () => {
    expect(isOutage(new Error('the session was not read', { cause: coded('53100') }))).toBe(true);
  });
});

describe('errors that stay when the request is repeated', () => {
  it.each([
    ['a message that the server cannot read', coded('08P01', 'invalid frontend message type 120')],
    ['a syntax error', coded('42601')],
    ['a row that is there already', coded('23505')],
    ['a privilege that is missing', coded('42501')],
    ['a limit of the configuration', coded('53400')],
    ['a file that is missing', coded('ENOENT', "ENOENT: no such file or directory, open 'ca.pem'")],
    ['a mistake of ours', new TypeError('undefined is not a function')],
    ['what is no error', 'Connection terminated'],
  ])('are none of them: %s', (_, error) => {
    expect(isOutage(error)).toBe(false);
  });
});
