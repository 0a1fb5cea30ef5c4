import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { expectSentence } from '../support/expect-sentence.js';
import { runCommand, type CommandEnd } from '../support/fluxgate-command.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const MANY_SESSIONS = 12_000;
const TIMEOUT_MS = 180_000;
const NAME_ONE = 'Name one of: the id of a session, --user, --all.';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

function sessions(...args: string[]): Promise<CommandEnd> {
  return runCommand(['sessions', ...args], { databaseUrl: gateway.databaseUrl });
}

async function statusWith({ accessToken }: SignedIn): Promise<number> {
  return (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

async function expectEnded(...signedIn: SignedIn[]): Promise<void> {
  for (const { session, refreshToken } of signedIn) {
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({ reason: 'REVOKED_BY_ADMIN' });
    expect(await sessionRow(gateway, session.id)).toMatchObject({ revoke_reason: 'REVOKED_BY_ADMIN' });
    const [event, ...more] = (await sessionEvents(gateway, session.id)).filter(
      ({ type }) => type === 'session.revoked',
    );
    expect(event).toMatchObject({ details: { reason: 'REVOKED_BY_ADMIN' }, user_agent: 'fluxgate command line' });
    expect(more).toEqual([]);
  }
  for (const each of signedIn)
    await eventually(
      () => statusWith(each),
      (status) => status === 401,
    );
}

async function signInTwice(): Promise<[SignedIn, SignedIn]> {
  const first = await signUp(gateway, { deviceName: 'Laptop' });
  return [first, await logIn(gateway, { email: first.user.email, deviceName: 'Phone' })];
}

describe('sessions list', () => {
  it('shows the live sessions of one user, last used first', async () => {
    await signUp(gateway);
    const [laptop, phone] = await signInTwice();
    const gone = await logIn(gateway, { email: laptop.user.email });
    await sessions('revoke', gone.session.id);

    const { code, stdout, stderr } = await sessions('list', '--user', laptop.user.email, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject([
      { id: phone.session.id, device: 'Phone', ip: '127.0.0.1', expiresAt: expect.any(String) },
      { id: laptop.session.id, device: 'Laptop' },
    ]);
    expect(stdout).not.toContain('fgr_');
  });

  it('is a table for people, and "none" for a user who is signed in nowhere', async () => {
    const { user, session } = await signUp(gateway, { deviceName: 'Laptop' });
    const [heading = '', row = ''] = (await sessions('list', '--user', user.id)).stdout.split('\n');
    expect(heading.split(/ {2,}/)).toEqual(['id', 'device', 'ip', 'createdAt', 'lastUsedAt', 'expiresAt']);
    expect(row.split(/ {2,}/).slice(0, 2)).toEqual([session.id, 'Laptop']);
    await sessions('revoke', session.id);
    expect((await sessions('list', '--user', user.id)).stdout).toBe('none\n');
  });

  it('is one sentence for a user that does not exist', async () => {
    expectSentence(await sessions('list', '--user', 'nobody'), 'There is no account nobody.');
  });
});

describe('sessions revoke', () => {
  it('ends one session by its id, and no other of that user', async () => {
    const [laptop, phone] = await signInTwice();
    expect(await sessions('revoke', laptop.session.id)).toEqual({
      code: 0,
      stdout: '1 session ended; gateways know within a second.\n',
      stderr: '',
    });
    await expectEnded(laptop);
    expect(await statusWith(phone)).toBe(200);
  });

  it('leaves one that has ended already as it ended', async () => {
    const { session } = await signUp(gateway);
    await sessions('revoke', session.id);
    const before = await sessionRow(gateway, session.id);
    expect(JSON.parse((await sessions('revoke', session.id, '--json')).stdout)).toEqual({ sessionsEnded: 0 });
    expect(await sessionRow(gateway, session.id)).toEqual(before);
  });

  it("ends every session of one user, by e-mail address or id, and nobody else's", async () => {
    const bystander = await signUp(gateway);
    const both = await signInTwice();
    const { stdout } = await sessions('revoke', '--user', both[0].user.email, '--json');
    expect(JSON.parse(stdout)).toEqual({ sessionsEnded: 2 });
    await expectEnded(...both);

    const again = await logIn(gateway, { email: both[0].user.email });
    expect((await sessions('revoke', '--user', both[0].user.id)).stdout).toMatch(/^1 session ended/);
    await expectEnded(again);
    expect(await statusWith(bystander)).toBe(200);
  });

  it.each<[string, string[], string]>([
    ['nothing', [], NAME_ONE],
    ['a session and --all', [randomUUID(), '--all'], NAME_ONE],
    ['a session and --user', [randomUUID(), '--user', 'ada@example.org'], NAME_ONE],
    ['--user and --all', ['--user', 'ada@example.org', '--all'], NAME_ONE],
    [
      'a session that is not there',
      ['0198c0de-0000-7000-8000-0000000000ff'],
      'There is no session 0198c0de-0000-7000-8000-0000000000ff.',
    ],
    ['no id at all', ['laptop'], 'There is no session laptop.'],
    ['a user that is not there', ['--user', 'nobody@example.org'], 'There is no account nobody@example.org.'],
  ])('that names %s is one sentence, and ends nothing', async (_, args, sentence) => {
    const bystander = await signUp(gateway);
    expectSentence(await sessions('revoke', ...args), sentence);
    expect((await sessionRow(gateway, bystander.session.id)).revoked_at).toBeNull();
  });
});

describe('sessions revoke --all', () => {
  it(
    `ends every session of everybody, batch by batch, with an event for each, and says how far it is`,
    async () => {
      const [laptop, phone] = await signInTwice();
      const expired = await signUp(gateway);
      await setSession(gateway, expired.session.id, `idle_expires_at = now() - interval '1 second'`);
      await copySession(laptop.session.id, MANY_SESSIONS);
      const [live] = await gateway.sql<{ count: number }>(
        'select count(*)::int from sessions where revoked_at is null and idle_expires_at > now()',
      );

      const { code, stdout, stderr } = await sessions('revoke', '--all', '--json');
      expect({ code, answer: JSON.parse(stdout) }).toEqual({ code: 0, answer: { sessionsEnded: live?.count } });
      expect(stderr).toBe([5_000, 10_000, live?.count].map((ended) => `${ended} sessions ended so far …\n`).join(''));
      await expectEnded(laptop, phone);
      expect((await sessionRow(gateway, expired.session.id)).revoked_at).toBeNull();
      expect(await eventsOfCopies(laptop.user.id)).toEqual([
        { sessions: MANY_SESSIONS + 2, events: MANY_SESSIONS + 2, others: 0 },
      ]);
    },
    TIMEOUT_MS,
  );

  it('also ends refresh tokens that were imported and not yet exchanged', async () => {
    const { user } = await signUp(gateway);
    const token = 'ab'.repeat(64);
    await gateway.sql(
      `insert into imported_refresh_tokens (digest, user_id, expires_at) values (sha256($1), $2, now() + interval '1 day')`,
      [token, user.id],
    );
    await sessions('revoke', '--all');
    expect(await refreshWith(gateway, token)).toMatchObject({
      __typename: 'SessionEnded',
      reason: 'REVOKED_BY_ADMIN',
    });
  });

  it('comes to an end while people go on signing in, and leaves those signed in', async () => {
    const { session } = await signUp(gateway);
    await gateway.sql(`create function sign_in() returns trigger language plpgsql as $$ begin
      insert into sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at)
        select gen_random_uuid(), user_id, device_id, 'late', now() + interval '1 day', now() + interval '1 day'
        from sessions where id = '${session.id}';
      return null; end $$`);
    await gateway.sql('create trigger sign_in after update on sessions for each statement execute function sign_in()');
    const { code } = await sessions('revoke', '--all');
    await gateway.sql('drop function sign_in cascade');

    expect(code).toBe(0);
    expect((await sessionRow(gateway, session.id)).revoked_at).not.toBeNull();
    const late = await gateway.sql<{ revoked_at: Date | null }>(`select * from sessions where rotated_by = 'late'`);
    expect(late.length).toBeGreaterThan(0);
    expect(late.filter(({ revoked_at }) => revoked_at !== null)).toEqual([]);
  });
});

/** As many more sessions of the same user on the same device. */
function copySession(sessionId: string, count: number): Promise<object[]> {
  return gateway.sql(
    `insert into sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at)
     select gen_random_uuid(), user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at
     from sessions, generate_series(1, $2::int) where id = $1`,
    [sessionId, count],
  );
}

/** For how many sessions of a user an end was recorded, in how many events, and how many of those ids are no UUIDv7. */
function eventsOfCopies(userId: string): Promise<object[]> {
  return gateway.sql(
    `select count(distinct session_id)::int as sessions, count(*)::int as events,
            count(*) filter (where substr(id::text, 15, 1) <> '7')::int as others
     from security_events where user_id = $1 and type = 'session.revoked'`,
    [userId],
  );
}
