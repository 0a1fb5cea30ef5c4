import { expectSentence } from '../support/expect-sentence.js';
import { runCommand, startCommand, type CommandEnd, type CommandOptions } from '../support/fluxgate-command.js';
import { PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { eventRows } from '../support/security-event-rows.js';
import { freshEmail, logIn } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());
beforeEach(() => gateway.sql('truncate users cascade'));

function users(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandEnd> {
  return runCommand(['users', ...args], { databaseUrl: gateway.databaseUrl, ...options });
}

function create(email: string, options: Partial<CommandOptions> = {}, ...more: string[]): Promise<CommandEnd> {
  return users(['create', '--email', email, '--name', 'Ada', ...more], { stdin: `${PASSWORD}\n`, ...options });
}

async function accounts(): Promise<{ email: string; name: string; user_type: string; roles: string[] }[]> {
  return gateway.sql('select email, name, user_type, roles from users order by id');
}

describe('users create', () => {
  it('opens an account that signs in with the password from standard input', async () => {
    const email = freshEmail();
    const { code, stdout, stderr } = await create(email);
    const { user } = await logIn(gateway, { email });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `Created ${email}: ${user.id}.\n`, stderr: '' });
    expect(await accounts()).toEqual([{ email, name: 'Ada', user_type: 'client', roles: [] }]);
    expect((await eventRows(gateway, user.id))[0]).toMatchObject({
      type: 'user.created',
      user_agent: 'fluxgate command line',
      ip: null,
    });
  });

  it('makes an administrator by type and role, and gives further roles', async () => {
    const email = freshEmail();
    const { code, stdout } = await create(email, {}, '--admin', '--role', 'support', 'audit', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ id: expect.any(String), email, roles: ['admin', 'support', 'audit'] });
    expect(await accounts()).toMatchObject([{ user_type: 'admin', roles: ['admin', 'support', 'audit'] }]);
  });

  it.each<[string, string, string | Buffer, string]>([
    ['a short password', 'ada@example.org', 'short\n', 'A password has at least 8 characters.'],
    ['a known one', 'ada@example.org', 'iloveyou123\n', 'This password is in lists that attackers try first.'],
    [
      'one that is the e-mail address',
      'ada@example.org',
      'ada@example.org\n',
      'The password is the e-mail address or the name of the account.',
    ],
    ['one of a megabyte', 'ada@example.org', 'x'.repeat(1_000_000), 'password: A password has at most 256 characters.'],
    ['no password', 'ada@example.org', '', 'No password was given: type one, or send one line on standard input.'],
    [
      'an empty line',
      'ada@example.org',
      '\r\n',
      'No password was given: type one, or send one line on standard input.',
    ],
    [
      'more than one line',
      'ada@example.org',
      'sturdy-otter-1\nsturdy-otter-2\n',
      'Standard input has more than one line: send the password alone.',
    ],
    [
      'another encoding than UTF-8',
      'ada@example.org',
      Buffer.from('kräftige-otter-9', 'latin1'),
      'Standard input is not UTF-8 text: send the password alone.',
    ],
    ['a malformed address', 'ada.example.org', PASSWORD, 'email: Enter an e-mail address like name@example.org.'],
  ])('refuses %s in one sentence, and creates nothing', async (_, email, stdin, sentence) => {
    expectSentence(await create(email, { stdin }), sentence);
    expect(await accounts()).toEqual([]);
  });

  it('refuses a role that is none, and says what one looks like', async () => {
    expectSentence(
      await create(freshEmail(), {}, '--role', 'Über Admin'),
      'roles: A role is lower-case letters, digits, - and _.',
    );
    expect(await accounts()).toEqual([]);
  });

  it('refuses an address that is taken, in whatever spelling, and leaves that account as it is', async () => {
    const email = freshEmail();
    await create(email);
    const before = await accounts();
    expectSentence(await create(email.toUpperCase(), {}, '--admin'), 'This e-mail address has an account already.');
    expect(await accounts()).toEqual(before);
  });

  it('takes no password from the command line, where others could read it', async () => {
    const { code, stderr } = await create(freshEmail(), {}, '--password', PASSWORD);
    expect(code).toBe(1);
    expect(stderr).toContain("unknown option '--password'");
    expect(stderr).not.toContain(PASSWORD);
    expect(await accounts()).toEqual([]);
  });

  it('writes the password nowhere, however much it logs', async () => {
    const env = { FLUXGATE_LOG_LEVEL: 'trace' };
    const email = freshEmail();
    const ends = [await create(email, { env }), await create(email, { env })];
    expect(ends.map(({ code }) => code)).toEqual([0, 1]);
    expect(JSON.stringify(ends)).not.toContain(PASSWORD);
  });
});

describe('a password that is typed', () => {
  const start = (email: string) =>
    startCommand(['users', 'create', '--email', email, '--name', 'Ada'], {
      databaseUrl: gateway.databaseUrl,
      atTerminal: true,
    });

  it('is asked for twice, and shown never', async () => {
    const email = freshEmail();
    const command = start(email);
    await command.typeAfter('Password: ', `${PASSWORD}\r`);
    await command.typeAfter('Again: ', `${PASSWORD}\r`);
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Password: \nAgain: \n' });
    expect(stdout).toMatch(/^Created /);
    expect((await logIn(gateway, { email })).__typename).toBe('AuthPayload');
  });

  it('has to be the same twice', async () => {
    const command = start(freshEmail());
    await command.typeAfter('Password: ', `${PASSWORD}\r`);
    await command.typeAfter('Again: ', `${PASSWORD}.\r`);
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toBe('Password: \nAgain: \nThe two passwords differ: nothing was changed.\n');
    expect(await accounts()).toEqual([]);
  });

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('is not needed: %s ends the command with a sentence', async (_, key) => {
    const command = start(freshEmail());
    await command.typeAfter('Password: ', key);
    const { code, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toBe('Password: \nNo password was given: type one, or send one line on standard input.\n');
  });
});

describe('users list', () => {
  it('shows the newest first, and nothing of their passwords', async () => {
    const emails = [freshEmail(), freshEmail(), freshEmail()];
    for (const email of emails) await create(email);
    const { code, stdout, stderr } = await users(['list', '--limit', '2', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows.map(({ email }) => email)).toEqual([emails[2], emails[1]]);
    expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'email', 'name', 'userType', 'roles', 'status', 'createdAt']);
  });

  it('is a table with a heading for people', async () => {
    const email = freshEmail();
    await create(email, {}, '--admin');
    const [heading = '', row = '', ...rest] = (await users(['list'])).stdout.split('\n');
    expect(heading.split(/ {2,}/)).toEqual(['id', 'email', 'name', 'userType', 'roles', 'status', 'createdAt']);
    expect(row.split(/ {2,}/).slice(1, -1)).toEqual([email, 'Ada', 'admin', 'admin', 'active']);
    expect(rest).toEqual(['']);
  });

  it('is an empty list, or "none", where there is nobody', async () => {
    expect(JSON.parse((await users(['list', '--json'])).stdout)).toEqual([]);
    expect((await users(['list'])).stdout).toBe('none\n');
  });

  it('keeps what is logged out of the JSON', async () => {
    const env = { FLUXGATE_SECERT: 'x', FLUXGATE_LOG_LEVEL: 'trace' };
    const { stdout, stderr } = await users(['list', '--json'], { env });
    expect(JSON.parse(stdout)).toEqual([]);
    expect(stderr).toContain('FLUXGATE_SECERT is not a setting: did you mean FLUXGATE_SECRET?');
  });

  it.each(['0', '-1', 'all', '1e3', ''])('refuses to show %j accounts', async (limit) => {
    const { code, stdout, stderr } = await users(['list', '--limit', limit]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Use a whole number from 1 to 999999.');
  });
});

describe('what the database refuses', () => {
  it('is one sentence, without the values of the statement', async () => {
    await gateway.sql(`create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'the disk is full'; end $$`);
    await gateway.sql('create trigger refuse before insert on users for each row execute function refuse()');
    const end = await create(freshEmail());
    await gateway.sql('drop function refuse cascade');
    expectSentence(end, 'It could not be done: the disk is full.');
  });
});
