import { readFileSync } from 'node:fs';
import { exportedAccount } from '../support/exported-accounts.js';
import { runCommand } from '../support/fluxgate-command.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { createImportFiles, type ImportFiles } from '../support/import-files.js';
import { oldRefreshToken } from '../support/imported-tokens.js';
import { query } from '../support/postgres.js';
import { refreshWith } from '../support/sign-in.js';

const page = readFileSync(new URL('../../docs/migration.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^ *npm start -- (.*)$/gm)].map(([, command = '']) => command);

let gateway: Gateway;
let files: ImportFiles;
let oldServer: string;
beforeAll(async () => {
  gateway = await startGateway();
  files = createImportFiles();
  const url = new URL(gateway.databaseUrl);
  url.searchParams.set('options', '-c search_path=old_server -c TimeZone=Asia/Kolkata');
  oldServer = url.href;
});
afterAll(async () => {
  files.remove();
  await gateway.close();
});

const SCHEMA = `
  create schema old_server;
  create table old_server.users (id uuid, email text, name text, password_hash text, user_type text,
                                 email_verified boolean, created_at timestamptz);
  create table old_server.refresh_tokens (token text, user_id uuid, expires_at timestamptz, device_name text,
                                          revoked boolean)`;

/** What the page's statement exports, a line each. */
async function exportBy(name: string): Promise<string> {
  const statement = new RegExp(`^-- ${name}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1] ?? '';
  const rows = await query<{ json_build_object: object }>(oldServer, statement);
  return rows.map((row) => `${JSON.stringify(row.json_build_object)}\n`).join('');
}

async function runAsWritten(command: string) {
  const args = command.split(' ').map((word) => (word.endsWith('.jsonl') ? `${files.folder}/${word}` : word));
  return runCommand(args, { databaseUrl: gateway.databaseUrl });
}

describe('docs/migration.md', () => {
  it('takes accounts and sessions over with its statements and commands, in its order', async () => {
    const { id, email, name, passwordHash, userType, emailVerified, createdAt } = exportedAccount(15);
    const [token, revoked, expired] = [oldRefreshToken(), oldRefreshToken(), oldRefreshToken()];
    await gateway.sql(SCHEMA);
    await query(oldServer, 'insert into users values ($1, $2, $3, $4, $5, $6, $7)', [
      ...[id, email, name, passwordHash, userType, emailVerified, createdAt],
    ]);
    await query(
      oldServer,
      `insert into refresh_tokens values ($1, $4, now() + '1 day', 'Ann''s "phone" \\', false),
                                         ($2, $4, now() + '1 day', null, true), ($3, $4, now(), null, false)`,
      [token, revoked, expired, id],
    );
    await files.write('users.jsonl', await exportBy('users.sql'));
    await files.write('sessions.jsonl', await exportBy('sessions.sql'));

    expect(commands).toEqual([
      'users import users.jsonl --dry-run',
      'users import users.jsonl',
      'sessions import sessions.jsonl',
    ]);
    const ends = [];
    for (const command of commands) ends.push(await runAsWritten(command));
    expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, '1 line read: 1 would be imported (dry run: nothing was kept), 0 already there, 0 refused.\n'],
      [0, '1 line read: 1 imported, 0 already there, 0 refused.\n'],
      [0, '1 line read: 1 imported, 0 already there, 0 refused.\n'],
    ]);

    const kept =
      'select id, email, name, password_hash as "passwordHash", user_type as "userType", created_at from users';
    expect(await gateway.sql(kept)).toEqual([
      { id, email, name, passwordHash, userType, created_at: new Date(createdAt) },
    ]);
    expect((await refreshWith(gateway, token)).outcome).toBe('ROTATED');
    expect(await gateway.sql('select name from devices')).toEqual([{ name: 'Ann\'s "phone" \\' }]);
    for (const other of [revoked, expired])
      expect((await refreshWith(gateway, other)).code).toBe('INVALID_REFRESH_TOKEN');
  });
});
