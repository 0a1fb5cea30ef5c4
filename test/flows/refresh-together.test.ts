import { rememberUnanswered } from '../../src/domain/session/unanswered.js';
import { createRotator, type Rotate } from '../../src/domain/session/rotate-together.js';
import { openOrm } from '../../src/storage/orm.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { refreshTokenAt } from '../support/minted-tokens.js';
import { holding } from '../support/postgres.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { signUp, type RefreshedOrRefused, type SignedIn } from '../support/sign-in.js';

const SESSIONS = 40;
const ROUNDS = 20;
const REFRESH = `mutation ($token: String!) { refresh(input: { refreshToken: $token }) {
  __typename ... on RefreshPayload { refreshToken outcome } ... on SessionEnded { reason } } }`;

let gateway: Gateway;
let signedIn: SignedIn;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '100000' } });
  signedIn = await signUp(gateway);
});
afterAll(() => gateway.close());

async function openSessions(count: number): Promise<string[]> {
  const rows = await gateway.sql<{ id: string }>(
    `insert into sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at)
     select gen_random_uuid(), user_id, device_id, rotated_by, now() + '7 days', now() + '30 days'
     from sessions, generate_series(1, $2::integer) where id = $1 returning id`,
    [signedIn.session.id, count],
  );
  return rows.map(({ id }) => id);
}

async function refreshOnce(token: string): Promise<RefreshedOrRefused> {
  return (await gateway.gql<{ refresh: RefreshedOrRefused }>(REFRESH, { token })).data.refresh;
}

describe('sessions that are refreshed at once', () => {
  it('share statements, and each is rotated by its own token, round after round', async () => {
    const sessionIds = await openSessions(SESSIONS);
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await Promise.all(sessionIds.map((id) => refreshOnce(refreshTokenAt(id, round))));
      expect(answers).toEqual(
        sessionIds.map((id) => ({
          __typename: 'RefreshPayload',
          outcome: 'ROTATED',
          refreshToken: refreshTokenAt(id, round + 1),
        })),
      );
    }
    const rows = await Promise.all(sessionIds.map((id) => sessionRow(gateway, id)));
    expect(rows.map((row) => row.refresh_counter)).toEqual(sessionIds.map(() => String(ROUNDS)));
    expect(new Set(rows.map((row) => row.last_used_at.getTime())).size).toBeLessThan(SESSIONS);
    for (const id of sessionIds)
      expect((await sessionEvents(gateway, id)).map(({ type }) => type)).toEqual(
        Array<string>(ROUNDS).fill('session.refreshed'),
      );
  });

  it('are judged each by its own token and state', async () => {
    const [fresh, replayed, reused, expired, revoked] = (await openSessions(5)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    await setSession(gateway, replayed, 'refresh_counter = 5, rotated_at = now()');
    await setSession(gateway, reused, 'refresh_counter = 5');
    await setSession(gateway, expired, `idle_expires_at = now() - interval '1 second'`);
    await setSession(gateway, revoked, `revoked_at = now(), revoke_reason = 'LOGOUT'`);
    const unknown = '00000000-0000-7000-8000-000000000000';

    const presented: [string, number][] = [
      [fresh, 0],
      [fresh, 0],
      [replayed, 4],
      [reused, 1],
      [expired, 0],
      [revoked, 0],
      [unknown, 0],
    ];
    const answers = await Promise.all(presented.map(([id, counter]) => refreshOnce(refreshTokenAt(id, counter))));

    expect(answers.map(({ outcome, reason, __typename }) => outcome ?? reason ?? __typename)).toEqual([
      ...['ROTATED', 'REPLAYED'],
      'REPLAYED',
      ...['TOKEN_REUSE', 'EXPIRED_IDLE', 'LOGOUT'],
      'InvalidRefreshToken',
    ]);
    expect(answers.slice(0, 2).map(({ refreshToken }) => refreshToken)).toEqual(
      Array<string>(2).fill(refreshTokenAt(fresh, 1)),
    );
    expect((await sessionRow(gateway, reused)).revoke_reason).toBe('TOKEN_REUSE');
  });

  it('do not wait for one that a transaction holds', async () => {
    const [held, ...others] = (await openSessions(10)) as [string, ...string[]];
    let heldUp: Promise<RefreshedOrRefused> | undefined;
    await holding(gateway.databaseUrl, ['select from sessions where id = $1 for update', [held]], async () => {
      heldUp = refreshOnce(refreshTokenAt(held, 0));
      for (const round of [0, 1, 2]) {
        const answers = await Promise.all(others.map((id) => refreshOnce(refreshTokenAt(id, round))));
        expect(answers.map(({ outcome }) => outcome)).toEqual(others.map(() => 'ROTATED'));
      }
      expect((await sessionRow(gateway, held)).refresh_counter).toBe('0');
    });
    expect((await heldUp)?.outcome).toBe('ROTATED');
  });
});

describe('a statement that several share', () => {
  const client = { counter: 0n, userAgent: null, userAgentFamily: 'app', deviceId: null };
  let rotate: Rotate;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const orm = await openOrm(gateway.databaseUrl);
    const rules = { graceSeconds: 30, longestLostSeconds: 600, watched: null, idleTtlSeconds: 3600 };
    rotate = createRotator(
      orm.em.fork(),
      () => rules,
      rememberUnanswered(() => orm.em.fork()),
    );
    close = () => orm.close();
  });
  afterAll(() => close());

  it('fails for none but the one whose value it does not take', async () => {
    const sessionIds = await openSessions(3);
    const verdicts = await Promise.allSettled(
      sessionIds.map((sessionId, at) => rotate({ ...client, sessionId, ip: at === 1 ? 'no address' : '192.0.2.1' })),
    );
    expect(verdicts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails for all of them when the database refuses it, and the next goes on', async () => {
    const sessionIds = await openSessions(3);
    const presentAll = () =>
      Promise.allSettled(sessionIds.map((sessionId) => rotate({ ...client, sessionId, ip: null })));
    await gateway.sql('alter table security_events rename to away');
    const refused = await presentAll();
    await gateway.sql('alter table away rename to security_events');

    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await presentAll()).toEqual(
      sessionIds.map(() => ({ status: 'fulfilled', value: expect.objectContaining({ outcome: 'ROTATED' }) })),
    );
  });
});
