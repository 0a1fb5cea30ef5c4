import { chmod, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expectSentence } from '../support/expect-sentence.js';
import { exportedAccount, exportedLines } from '../support/exported-accounts.js';
import { runCommand } from '../support/fluxgate-command.js';
import { NOBODY } from '../support/fluxgate-process.js';
import { createImportFiles, type ImportFiles } from '../support/import-files.js';
import { createTestDatabase, query, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let files: ImportFiles;
beforeAll(async () => {
  database = await createTestDatabase();
  files = createImportFiles();
  await chmod(files.folder, 0o755);
});
afterAll(async () => {
  files.remove();
  await database.drop();
});
beforeEach(() => query(database.url, 'truncate users cascade'));

const importUsers = (...args: string[]) => runCommand(['users', 'import', ...args], { databaseUrl: database.url });
const line = (n: number) => JSON.stringify(exportedAccount(n));

describe('a file that cannot be imported', () => {
  it.each([
    ['is not there', 'missing.jsonl', (path: string) => `There is no file ${path}.`],
    ['is a folder', 'folder', (path: string) => `${path} is not a file: name a file of JSON lines.`],
    ['is behind a file', 'users.jsonl/x', (path: string) => `${path} cannot be read (ENOTDIR).`],
  ])('because it %s is one sentence and exit code 1', async (_, name, sentence) => {
    await mkdir(join(files.folder, 'folder'), { recursive: true });
    await files.write('users.jsonl', exportedLines(1, 1));
    const path = join(files.folder, name);
    expectSentence(await importUsers(path), sentence(path));
    await expect(stat(`${path}.refused.jsonl`)).rejects.toThrow();
  });

  it('because it is not ours to read is one sentence', async () => {
    const path = await files.write('closed.jsonl', exportedLines(1, 1));
    await chmod(path, process.getuid?.() === 0 ? 0o600 : 0o000);
    const end = await runCommand(['users', 'import', path], { databaseUrl: database.url, account: NOBODY });
    expectSentence(end, `${path} cannot be read (EACCES).`);
  });

  it('is asked for where none is named', async () => {
    const { code, stderr } = await importUsers();
    expect(code).toBe(1);
    expect(stderr).toContain("missing required argument 'file'");
  });
});

describe('a report that cannot be written', () => {
  it('because of its folder is known before anything is imported', async () => {
    const path = await files.write('good.jsonl', exportedLines(1, 1));
    const report = join(files.folder, 'nowhere', 'report.jsonl');
    expectSentence(
      await importUsers(path, '--report', report),
      `The report ${report} cannot be written (ENOENT): name another with --report.`,
    );
    expect(await query(database.url, 'select id from users')).toEqual([]);
  });

  it.each([
    ['by its name', (path: string) => Promise.resolve(path)],
    [
      'by another name',
      async (path: string) => {
        await symlink(path, `${path}.link`);
        return `${path}.link`;
      },
    ],
  ])('because it is the file itself, %s, costs that file nothing', async (how, nameOf) => {
    const path = await files.write(`precious ${how}.jsonl`, exportedLines(1, 1));
    const report = await nameOf(path);
    expectSentence(
      await importUsers(path, '--report', report),
      `${report} is the file to import: name another for the report.`,
    );
    expect((await stat(path)).size).toBe(exportedLines(1, 1).length);
  });
});

describe('what a file may look like', () => {
  it.each<[string, string | Buffer, number, string]>([
    ['nothing at all', '', 0, '0 lines read: 0 imported, 0 already there, 0 refused.'],
    ['empty lines', '\n \n\r\n', 0, '0 lines read: 0 imported, 0 already there, 0 refused.'],
    [
      'line ends of Windows',
      `${line(1)}\r\n${line(2)}\r\n`,
      0,
      '2 lines read: 2 imported, 0 already there, 0 refused.',
    ],
    ['a byte order mark', `\ufeff${line(1)}\n`, 0, '1 line read: 1 imported, 0 already there, 0 refused.'],
    ['no line end at its end', `${line(1)}\n${line(2)}`, 0, '2 lines read: 2 imported, 0 already there, 0 refused.'],
    [
      'a line of a megabyte',
      `${'x'.repeat(1_000_000)}\n${line(1)}\n`,
      2,
      '2 lines read: 1 imported, 0 already there, 1 refused.',
    ],
    [
      'UTF-16',
      Buffer.from(`\ufeff${line(1)}\n`, 'utf16le'),
      2,
      '2 lines read: 0 imported, 0 already there, 2 refused.',
    ],
    ['one list of JSON', `[\n${line(1)},\n${line(2)}\n]\n`, 2, '4 lines read: 1 imported, 0 already there, 3 refused.'],
    ['a comma after each', `${line(1)},\n${line(2)}\n`, 2, '2 lines read: 1 imported, 0 already there, 1 refused.'],
  ])('%s', async (name, content, code, first) => {
    const end = await importUsers(await files.write(`${name}.jsonl`, content));
    expect({ ...end, stdout: end.stdout.split('\n')[0] }).toEqual({ code, stderr: '', stdout: first });
  });

  it.each([
    ['random bytes', randomBytes(300_000)],
    ['a compressed file', gzipSync(exportedLines(1, 2_000))],
  ])('%s: every line is refused, and none ends the import', async (name, content) => {
    const path = await files.write(`${name}.bin`, content);
    const { code, stdout, stderr } = await importUsers(path);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const refused = (await files.report(`${path}.refused.jsonl`)) ?? [];
    expect(stdout).toContain(` lines read: 0 imported, 0 already there, ${refused.length} refused.\n`);
  });
});

describe('the report', () => {
  it('is where --report says, and gone when the next run refuses nothing', async () => {
    const path = await files.write('mended.jsonl', `${line(1)}\nbroken\n`);
    const report = join(files.folder, 'a report.jsonl');
    const first = await importUsers(path, '--report', report);
    expect(first.stdout).toContain(`The refused lines and why: ${report}\n`);
    expect(await files.report(report)).toEqual([{ line: 2, reason: 'not JSON: is the line cut off?' }]);

    await files.write('mended.jsonl', `${line(1)}\n${line(2)}\n`);
    expect((await importUsers(path, '--report', report)).code).toBe(0);
    expect(await files.report(report)).toBeNull();
  });

  it('stays where its name is a link, such as /dev/stdout', async () => {
    const path = await files.write('linked.jsonl', `${line(1)}\n`);
    const report = join(files.folder, 'link');
    await symlink(await files.write('target', 'of an earlier run'), report);
    expect((await importUsers(path, '--report', report)).code).toBe(0);
    expect(await readFile(report, 'utf8')).toBe('');
  });
});

describe('the progress bar', () => {
  it('is drawn at a terminal, on standard error, and ends at 100 %', async () => {
    const path = await files.write('bar.jsonl', `${exportedLines(1, 2_500)}broken\n`);
    const { code, stdout, stderr } = await runCommand(['users', 'import', path], {
      databaseUrl: database.url,
      atTerminal: true,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/100% \| 2501 lines \| 1 refused \|/);
    expect(stderr.endsWith('\n')).toBe(true);
    expect(stdout).toMatch(/^2501 lines read: 2500 imported, 0 already there, 1 refused\.\n/);
  });

  it('is nowhere else: a pipe gets the summary alone', async () => {
    const path = await files.write('no-bar.jsonl', exportedLines(1, 2_500));
    expect(await importUsers(path)).toEqual({
      code: 0,
      stdout: '2500 lines read: 2500 imported, 0 already there, 0 refused.\n',
      stderr: '',
    });
  });
});
