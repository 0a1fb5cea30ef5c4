import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { eventually } from '../support/eventually.js';
import { refreshTokenAt } from '../support/minted-tokens.js';
import { sessionEvents, sessionRow } from '../support/session-rows.js';
import { signUp, type RefreshedOrRefused, type SignedIn } from '../support/sign-in.js';

const AT_ONCE = 32;
const ROUNDS = 300;
const REVOCATIONS = 100;
/** Two nodes are one issuer. */
const env = { FLUXGATE_RATE_LIMIT_SCALE: '100000', FLUXGATE_PUBLIC_URL: 'http://localhost:4000' };

let gateway: Gateway;
let otherNode: Gateway;
let signedIn: SignedIn;

beforeAll(async () => {
  gateway = await startGateway({ env });
  otherNode = await startGateway({ env, databaseUrl: gateway.databaseUrl });
  signedIn = await signUp(gateway);
});
afterAll(async () => {
  await otherNode.close();
  await gateway.close();
});

const REFRESH = `mutation ($token: String!) { refresh(input: { refreshToken: $token }) {
  __typename ... on RefreshPayload { accessToken refreshToken outcome } ... on SessionEnded { reason } } }`;

/** One statement a refresh: the answer's session, which would cost another, is not asked for. */
async function refreshOnce(node: Gateway, token: string): Promise<RefreshedOrRefused> {
  return (await node.gql<{ refresh: RefreshedOrRefused }>(REFRESH, { token })).data.refresh;
}

/** Another session of the same user on the same device. */
async function openSession(): Promise<string> {
  const [row] = await gateway.sql<{ id: string }>(
    `insert into sessions (id, user_id, device_id, rotated_by, idle_expires_at, absolute_expires_at)
     select gen_random_uuid(), user_id, device_id, rotated_by, now() + '7 days', now() + '30 days'
     from sessions where id = $1 returning id`,
    [signedIn.session.id],
  );
  return row!.id;
}

describe('one refresh token presented many times at once, on two nodes', () => {
  it('rotates once and gives everybody the same one successor, round after round', async () => {
    const sessionId = await openSession();
    let token = refreshTokenAt(sessionId, 0);
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, at) => refreshOnce(at % 2 === 0 ? gateway : otherNode, token)),
      );
      const outcomes = answers.map((answer) => answer.outcome).sort();
      expect(outcomes).toEqual([...Array<string>(AT_ONCE - 1).fill('REPLAYED'), 'ROTATED']);
      expect(new Set(answers.map((answer) => answer.refreshToken))).toEqual(
        new Set([refreshTokenAt(sessionId, round + 1)]),
      );
      token = answers[0]!.refreshToken;
    }
    expect(await sessionRow(gateway, sessionId)).toMatchObject({
      refresh_counter: String(ROUNDS),
      replays: AT_ONCE - 1,
      revoked_at: null,
    });
    const types = (await sessionEvents(gateway, sessionId)).map((event) => event.type);
    expect(types.filter((type) => type === 'session.refreshed')).toHaveLength(ROUNDS);
    expect(types.filter((type) => type === 'refresh.replayed')).toHaveLength(ROUNDS * (AT_ONCE - 1));
  }, 600_000);
});

describe('a session that is refreshed while every session is revoked', () => {
  it('is not refreshed again once that is acknowledged, and none is left alive', async () => {
    for (let round = 0; round < REVOCATIONS; round++) await raceWithRevokeAll();
  }, 600_000);
});

async function raceWithRevokeAll(): Promise<void> {
  const sessionIds = await Promise.all([openSession(), openSession(), openSession()]);
  const { accessToken } = await refreshOnce(gateway, refreshTokenAt(sessionIds[0], 0));
  let acknowledged = false;
  const late: string[] = [];

  /** Refreshes on and on until it is refused; gives back the last tokens it was given. */
  async function refreshOn(node: Gateway, sessionId: string, counter: number) {
    let held = { refreshToken: refreshTokenAt(sessionId, counter), accessToken };
    for (;;) {
      const asked = acknowledged;
      const answer = await refreshOnce(node, held.refreshToken);
      if (answer.__typename !== 'RefreshPayload') return { ...held, reason: answer.reason };
      held = answer;
      if (asked) {
        late.push(answer.refreshToken);
        return { ...held, reason: 'refreshed after all' };
      }
    }
  }

  const loops = [
    refreshOn(gateway, sessionIds[0], 1),
    refreshOn(otherNode, sessionIds[1], 0),
    refreshOn(gateway, sessionIds[2], 0),
  ];
  const answer = await gateway.gql<{ revokeAll: { revokedCount: number } }>(
    'mutation { revokeAll { ... on RevokeManyPayload { revokedCount } } }',
    {},
    bearer(accessToken),
  );
  acknowledged = true;
  const ends = await Promise.all(loops);

  expect(late).toEqual([]);
  expect(answer.data.revokeAll.revokedCount).toBeGreaterThanOrEqual(sessionIds.length);
  expect(ends.map(({ reason }) => reason)).toEqual(sessionIds.map(() => 'REVOKED_BY_USER'));
  expect(await gateway.sql('select id from sessions where revoked_at is null')).toEqual([]);
  for (const end of ends) expect((await gateway.gql('{ me { id } }', {}, bearer(end.accessToken))).status).toBe(401);
}

describe('a refresh that the database takes back', () => {
  it.each([
    ['in its statement', 'before insert on security_events for each row'],
    ['at its commit', 'after insert on security_events deferrable initially deferred for each row'],
  ])('%s leaves the token as good as it was', async (_, when) => {
    const sessionId = await openSession();
    const before = await sessionRow(gateway, sessionId);
    await gateway.sql(`create or replace function refuse() returns trigger language plpgsql as $$
                       begin raise exception 'disk full'; end $$`);
    await gateway.sql(`create ${when.includes('deferrable') ? 'constraint ' : ''}trigger refuse ${when}
                       execute function refuse()`);
    const failed = await gateway.gql(REFRESH, { token: refreshTokenAt(sessionId, 0) });
    await gateway.sql('drop trigger refuse on security_events');

    expect(failed.status).toBe(500);
    expect(failed.errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL' });
    expect(await sessionRow(gateway, sessionId)).toEqual(before);
    expect(await sessionEvents(gateway, sessionId)).toEqual([]);
    expect((await refreshOnce(gateway, refreshTokenAt(sessionId, 0))).outcome).toBe('ROTATED');
  });
});

describe('the sessions table', () => {
  it('does not grow as sessions are refreshed: at least 97 of 100 updates touch no index', async () => {
    const alone = await startGateway({ env });
    try {
      const { session } = await signUp(alone);
      for (let counter = 0; counter < 1_000; counter += 1)
        await refreshOnce(alone, refreshTokenAt(session.id, counter));
      const statistics = await eventually(
        async () => {
          const [row] = await alone.sql<{ updates: number; hot: number }>(
            `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_user_tables
             where relname = 'sessions'`,
          );
          return row!;
        },
        ({ updates }) => updates >= 1_000,
      );
      expect(statistics.hot / statistics.updates).toBeGreaterThanOrEqual(0.97);
    } finally {
      await alone.close();
    }
  }, 600_000);
});
