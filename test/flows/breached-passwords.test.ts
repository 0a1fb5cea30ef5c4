import { createHash } from 'node:crypto';
import { createBreachedPasswords } from '../../src/outbound/breached-passwords.js';
import { runCommand } from '../support/fluxgate-command.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { startRangeServer, type RangeServer } from '../support/range-server.js';
import { freshEmail, signUp } from '../support/sign-in.js';

const BREACHED = 'tall-marsh-violin-31';
const PADDED = 'tall-marsh-violin-32';
const SOUND = 'tall-marsh-violin-33';

let server: RangeServer;
beforeEach(async () => (server = await startRangeServer([BREACHED, 'caf\u00e9-marsh-violin'], [PADDED])));
afterEach(() => server.close());

describe('a password, looked up at a range server', () => {
  const ask = (clock = () => new Date()) => {
    const failures: unknown[] = [];
    const log = { warn: (failure: unknown) => void failures.push(failure) };
    return { failures, isBreached: createBreachedPasswords({ url: server.url, clock, fetch, log }) };
  };

  it.each([
    ['one that it knows', BREACHED, true],
    ['one that is padding', PADDED, false],
    ['one that it does not know', SOUND, false],
  ])('is told for what it is: %s', async (_, password, breached) => {
    expect(await ask().isBreached(password)).toBe(breached);
  });

  it('leaves this process as 20 bits of its digest only, with a request for padding', async () => {
    await ask().isBreached(SOUND);
    const digest = createHash('sha1').update(SOUND).digest('hex').toUpperCase();
    expect(server.requests.map(({ url }) => url)).toEqual([`/range/${digest.slice(0, 5)}`]);
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({ 'add-padding': 'true' });
    expect(JSON.stringify(request)).not.toContain(digest.slice(5, 12));
  });

  it.each(['silent', 'endless', 404, 503] as const)(
    'is not told where the server fails, which is then left alone for a while: %s',
    async (trouble) => {
      let nowMs = Date.now();
      const { isBreached, failures } = ask(() => new Date(nowMs));
      server.trouble = trouble;
      expect(await isBreached(BREACHED)).toBe(null);
      expect(failures).toHaveLength(1);

      server.trouble = 'none';
      expect(await isBreached(BREACHED)).toBe(null);
      expect(server.requests).toHaveLength(1);
      nowMs += 30_000;
      expect(await isBreached(BREACHED)).toBe(true);
    },
  );
});

describe('a gateway that has a range server', () => {
  let gateway: Gateway;
  beforeEach(async () => (gateway = await startGateway({ env: { FLUXGATE_BREACHED_PASSWORDS_URL: server.url } })));
  afterEach(() => gateway.close());
  const unchecked = () => gateway.sql(`select * from security_events where type = 'password.unchecked'`);

  it('refuses a sign-up with a password that it knows, and keeps no account', async () => {
    const email = freshEmail();
    expect(await signUp(gateway, { email, password: BREACHED })).toMatchObject({ code: 'WEAK_PASSWORD' });
    expect(await gateway.sql('select * from users')).toEqual([]);
    const decomposed = 'cafe\u0301-marsh-violin';
    expect(await signUp(gateway, { email, password: decomposed })).toMatchObject({ code: 'WEAK_PASSWORD' });
    expect((await signUp(gateway, { email, password: SOUND })).__typename).toBe('AuthPayload');
    expect(await unchecked()).toEqual([]);
    expect(JSON.stringify(gateway.logLines)).not.toContain(BREACHED);
  });

  it('lets people sign up while it is away, and says so in an event and in the log', async () => {
    server.trouble = 503;
    expect((await signUp(gateway, { password: BREACHED })).__typename).toBe('AuthPayload');
    expect(await unchecked()).toHaveLength(1);
    expect(gateway.logLines.filter((line) => line.includes('a password was not looked up'))).toHaveLength(1);
  });

  it('holds for the passwords that an operator sets', async () => {
    const { user } = await signUp(gateway, { password: SOUND });
    const command = (args: readonly string[], password: string) =>
      runCommand(args, {
        databaseUrl: gateway.databaseUrl,
        stdin: `${password}\n`,
        env: { FLUXGATE_BREACHED_PASSWORDS_URL: server.url },
      });
    for (const args of [
      ['users', 'set-password', user.email],
      ['users', 'create', '--email', freshEmail(), '--name', 'Ann'],
    ]) {
      const refused = await command(args, BREACHED);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('published in a breach')]);
      expect((await command(args, PADDED)).code).toBe(0);
    }
  });
});

it('a gateway without a range server asks nobody', async () => {
  const gateway = await startGateway();
  try {
    expect((await signUp(gateway, { password: BREACHED })).__typename).toBe('AuthPayload');
    expect(server.requests).toEqual([]);
  } finally {
    await gateway.close();
  }
});
