import { lastWordsOf, passes } from '../../src/installation/embedded-postgres/launch.js';
import { tellingLine } from '../../src/installation/embedded-postgres/program.js';
import { permits } from '../../src/installation/embedded-postgres/reachability.js';
import { parsePostmasterFile, servesFolder } from '../../src/installation/embedded-postgres/server-process.js';
import { isTrusted } from '../../src/installation/embedded-postgres/system-temporary.js';

const account = { name: 'postgres', uid: 101, gid: 104 };

describe('who may enter a folder', () => {
  it.each([
    ['a home of root', { uid: 0, gid: 0, mode: 0o40700 }, false],
    ['a home of root that others may pass through', { uid: 0, gid: 0, mode: 0o40711 }, true],
    ['its own folder', { uid: 101, gid: 104, mode: 0o40700 }, true],
    ['its own folder that only others may enter', { uid: 101, gid: 104, mode: 0o40077 }, false],
    ['a folder of its group', { uid: 0, gid: 104, mode: 0o40710 }, true],
    ['a folder of its group that only others may enter', { uid: 0, gid: 104, mode: 0o40701 }, false],
    ['a folder that can be listed but not entered', { uid: 0, gid: 0, mode: 0o40744 }, false],
    ['the temporary folder', { uid: 0, gid: 0, mode: 0o41777 }, true],
  ])('decides %s by its permission bits', (_, folder, expected) => {
    expect(permits(folder, account, 'enter')).toBe(expected);
  });

  it('tells reading from entering', () => {
    expect(permits({ uid: 0, gid: 0, mode: 0o100644 }, account, 'read')).toBe(true);
    expect(permits({ uid: 0, gid: 0, mode: 0o100600 }, account, 'read')).toBe(false);
  });
});

describe('a folder of ours in the temporary folder', () => {
  it.each([
    ['made by us', { uid: 0, gid: 0, mode: 0o40711, isDirectory: () => true }, true],
    ['made by another user', { uid: 1000, gid: 0, mode: 0o40711, isDirectory: () => true }, false],
    ['that a group can write to', { uid: 0, gid: 0, mode: 0o40775, isDirectory: () => true }, false],
    ['that everybody can write to', { uid: 0, gid: 0, mode: 0o40757, isDirectory: () => true }, false],
    ['that is a link', { uid: 0, gid: 0, mode: 0o120777, isDirectory: () => false }, false],
  ])('is trusted or not: one %s', (_, found, expected) => {
    expect(isTrusted(found, 0)).toBe(expected);
  });
});

describe('postmaster.pid', () => {
  const lines = [
    '4711',
    '/data/postgres',
    '1795495550',
    '41234',
    '',
    '127.0.0.1',
    '  9978974         8',
    'ready   ',
    '',
  ];

  it('names the process and the port of a server that is ready', () => {
    expect(parsePostmasterFile(lines.join('\n'))).toEqual({ pid: 4711, port: 41234, ready: true });
  });

  it.each([
    ['starting', lines.with(7, 'starting'), { pid: 4711, port: 41234, ready: false }],
    ['stopping', lines.with(7, 'stopping'), { pid: 4711, port: 41234, ready: false }],
    ['not listening yet', lines.slice(0, 3), { pid: 4711, port: null, ready: false }],
    ['half written', ['4711'], { pid: 4711, port: null, ready: false }],
  ])('tells that a server is %s', (_, written, expected) => {
    expect(parsePostmasterFile(written.join('\n'))).toEqual(expected);
  });

  it.each([
    ['empty', ''],
    ['not a number', 'postgres\n'],
    ['of a single-user session', '-4711\n'],
  ])('says nothing of a server when it is %s', (_, text) => {
    expect(parsePostmasterFile(text)).toBeNull();
  });
});

describe('the process that postmaster.pid names', () => {
  it.each([
    ['our server', '/opt/native/bin/postgres\0-D\0/my data/postgres\0-c\0port=41234\0', true],
    ['our server as ps shows it', '/opt/native/bin/postgres -D /my data/postgres -c port=41234\n', true],
    ['a server on another folder', '/opt/native/bin/postgres\0-D\0/my data/postgres-2\0-c\0port=41234\0', false],
    ['another program', '/usr/bin/vim\0/my data/postgres\0', false],
    ['a process that has ended', '', false],
  ])('is or is not the server of the folder: %s', (_, commandLine, expected) => {
    expect(servesFolder(commandLine, '/my data/postgres')).toBe(expected);
  });
});

describe('why a server or a program failed', () => {
  const log = [
    '2026-01-01 00:00:00.000 UTC [7] LOG:  starting PostgreSQL 18.4',
    '2026-01-01 00:00:00.001 UTC [8] FATAL:  lock file "postmaster.pid" already exists',
    '2026-01-01 00:00:00.001 UTC [8] HINT:  Is another postmaster (PID 7) running in data directory "/data"?',
    '2026-01-01 00:00:00.002 UTC [7] LOG:  database system is ready to accept connections',
  ].join('\n');

  it('is told by its own lines in a log that two servers write to', () => {
    expect(lastWordsOf(8, log)).toBe('FATAL:  lock file "postmaster.pid" already exists');
  });

  it('is told by the whole output where the program never ran', () => {
    expect(lastWordsOf(9, '/x/postgres: error while loading shared libraries: libxml2.so.2: cannot open\n')).toContain(
      'libxml2.so.2',
    );
  });

  it.each([
    ['', 'it said nothing'],
    ['one\ntwo\n', 'two'],
    ['creating …\ninitdb: error: could not write\ninitdb: removing data directory\n', 'initdb: error: could not write'],
  ])('is the line that says most: %j', (output, expected) => {
    expect(tellingLine(output)).toBe(expected);
  });

  it.each([
    ['FATAL:  lock file "postmaster.pid" already exists', true],
    ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', true],
    ['FATAL:  could not create any TCP/IP sockets', true],
    ['FATAL:  data directory "/data" has invalid permissions', false],
    ['PANIC:  could not locate a valid checkpoint record', false],
  ])('passes by itself or does not: %s', (lastWords, expected) => {
    expect(passes(lastWords)).toBe(expected);
  });
});
