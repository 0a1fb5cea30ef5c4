import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { importToken } from '../support/imported-tokens.js';
import { commitUnder } from '../support/open-transaction.js';
import { refreshWith, signUp, type RefreshedOrRefused } from '../support/sign-in.js';

const AT_ONCE = 32;
const TOKENS = 16;
const ROUNDS = 100;

let gateway: Gateway;
let otherNode: Gateway;
let userId: string;
beforeAll(async () => {
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '100000' };
  gateway = await startGateway({ env });
  otherNode = await startGateway({ env, databaseUrl: gateway.databaseUrl });
  userId = (await signUp(gateway)).user.id;
});
afterAll(async () => {
  await otherNode.close();
  await gateway.close();
});
beforeEach(() => gateway.sql('truncate sessions, imported_refresh_tokens'));

const nodeOf = (n: number) => (n % 2 === 0 ? gateway : otherNode);

async function refreshByRest(node: Gateway, refreshToken: string): Promise<Pick<RefreshedOrRefused, 'refreshToken'>> {
  const response = await fetch(`${node.url}/api/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: RefreshedOrRefused }).data;
}

const liveSessions = () => gateway.sql<{ id: string }>('select id from sessions where revoked_at is null');

describe('a token of the earlier server that is presented many times at once, on two nodes', () => {
  it('is exchanged once, and everybody gets the one successor', async () => {
    const token = await importToken(gateway, userId);
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => refreshWith(nodeOf(n), token)));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array<string>(AT_ONCE - 1).fill('REPLAYED'),
      'ROTATED',
    ]);
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await liveSessions()).toEqual([{ id: answers[0]!.session.id }]);
  });

  it('is exchanged once when half of them come through REST', async () => {
    const token = await importToken(gateway, userId);
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) =>
        n % 4 < 2 ? refreshWith(nodeOf(n), token) : refreshByRest(nodeOf(n), token),
      ),
    );
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await liveSessions()).toHaveLength(1);
  });
});

describe("a user's tokens of the earlier server", () => {
  it('are exchanged at the same time, each for a session', async () => {
    const tokens = await Promise.all(Array.from({ length: TOKENS }, () => importToken(gateway, userId)));
    const answers = await Promise.all(tokens.map((token, n) => refreshWith(nodeOf(n), token)));
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array<string>(TOKENS).fill('ROTATED'));
    expect(await liveSessions()).toHaveLength(TOKENS);
  });

  it('are exchanged or ended, and none lives on, when the user signs out everywhere at the same moment', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [signedIn, ...racing] = await Promise.all([1, 2, 3].map(() => importToken(gateway, userId)));
      const { accessToken } = await refreshWith(gateway, signedIn!);

      const revokeAll = () => gateway.gql('mutation { revokeAll { __typename } }', {}, bearer(accessToken));
      const exchange = () => racing.map((token, n) => refreshWith(nodeOf(n), token));
      const [revoked, ...exchanged] = await Promise.all(
        round % 2 === 0 ? [revokeAll(), ...exchange()] : [...exchange(), revokeAll()].reverse(),
      );
      const outcomes = exchanged.map((answer) =>
        'reason' in answer ? answer.reason : (answer as RefreshedOrRefused).outcome,
      );

      expect(revoked).toMatchObject({ status: 200, data: { revokeAll: { __typename: 'RevokeManyPayload' } } });
      for (const outcome of outcomes) expect(['ROTATED', 'REVOKED_BY_USER']).toContain(outcome);
      expect(await liveSessions()).toEqual([]);
      for (const token of racing)
        expect(await refreshWith(gateway, token)).toMatchObject({ code: 'SESSION_ENDED', reason: 'REVOKED_BY_USER' });
    }
  }, 600_000);
});

describe('a user who is disabled at the moment of the exchange', () => {
  it('gets no session', async () => {
    const token = await importToken(gateway, userId);
    const answer = await commitUnder(
      gateway.databaseUrl,
      { text: `update users set status = 'disabled' where id = $1`, values: [userId] },
      () => refreshWith(gateway, token),
    );
    expect(answer).toMatchObject({ code: 'SESSION_ENDED', reason: 'ACCOUNT_DISABLED' });
    expect(await liveSessions()).toEqual([]);
    await gateway.sql(`update users set status = 'active' where id = $1`, [userId]);
  });
});
