import { openBrowser } from '../support/browser.js';
import { bearer, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { refreshTokenAt } from '../support/minted-tokens.js';
import { commitUnder } from '../support/open-transaction.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const UNKNOWN_ID = '0198c0de-0000-7000-8000-0000000000ff';
const REVOKE = `mutation ($input: RevokeInput) { revoke(input: $input) { __typename
  ... on RevokePayload { session { id status isCurrent endReason revokedAt } } ... on Error { code message } } }`;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

interface RevokedOrRefused {
  readonly __typename: string;
  readonly code?: string;
  readonly session: { readonly id: string; readonly isCurrent: boolean; readonly endReason: string };
}

async function revoke(
  input: Record<string, unknown>,
  headers: Record<string, string> = {},
  node = gateway,
): Promise<RevokedOrRefused> {
  return (await node.gql<{ revoke: RevokedOrRefused }>(REVOKE, { input }, headers)).data.revoke;
}

/** One user on two devices. */
async function signInTwice(): Promise<{ phone: SignedIn; laptop: SignedIn }> {
  const phone = await signUp(gateway, { deviceName: 'Phone' });
  return { phone, laptop: await logIn(gateway, { email: phone.user.email, deviceName: 'Laptop' }) };
}

function askWho(accessToken: string, node = gateway): Promise<Answer> {
  return node.gql('{ me { id } }', {}, bearer(accessToken));
}

async function expectEnded({ accessToken, refreshToken, session }: SignedIn, reason: string): Promise<void> {
  const asked = await askWho(accessToken);
  expect(asked.status).toBe(401);
  expect(asked.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate", error="invalid_token"');
  expect(asked.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  expect(await refreshWith(gateway, refreshToken)).toMatchObject({ __typename: 'SessionEnded', reason });
  expect((await sessionRow(gateway, session.id)).revoke_reason).toBe(reason);
}

async function expectAlive({ accessToken, refreshToken }: SignedIn): Promise<void> {
  expect((await askWho(accessToken)).status).toBe(200);
  expect((await refreshWith(gateway, refreshToken)).__typename).toBe('RefreshPayload');
}

describe('revoke', () => {
  it('ends another session of the user, named by its id, and no other', async () => {
    const { phone, laptop } = await signInTwice();
    const { session } = await revoke({ sessionId: phone.session.id }, bearer(laptop.accessToken));
    expect(session).toEqual({
      id: phone.session.id,
      status: 'REVOKED',
      isCurrent: false,
      endReason: 'REVOKED_BY_USER',
      revokedAt: expect.any(String),
    });
    await expectEnded(phone, 'REVOKED_BY_USER');
    await expectAlive(laptop);
  });

  it('takes the session that the request runs on when none is named', async () => {
    const { phone, laptop } = await signInTwice();
    expect((await revoke({}, bearer(phone.accessToken))).session).toMatchObject({
      id: phone.session.id,
      isCurrent: true,
      endReason: 'LOGOUT',
    });
    await expectEnded(phone, 'LOGOUT');
    await expectAlive(laptop);
  });

  it('needs no input at all', async () => {
    const { accessToken, session } = await signUp(gateway);
    const answer = await gateway.gql<{ revoke: unknown }>(
      'mutation { revoke { ... on RevokePayload { session { id } } } }',
      {},
      bearer(accessToken),
    );
    expect(answer.data.revoke).toEqual({ session: { id: session.id } });
  });

  it('is a sign-out where the session named is the one that the request runs on', async () => {
    const signedIn = await signUp(gateway);
    await revoke({ sessionId: signedIn.session.id }, bearer(signedIn.accessToken));
    await expectEnded(signedIn, 'LOGOUT');
  });

  it('takes a refresh token for proof, without an access token', async () => {
    const { phone, laptop } = await signInTwice();
    expect((await revoke({ refreshToken: phone.refreshToken })).session.id).toBe(phone.session.id);
    await expectEnded(phone, 'LOGOUT');
    await expectAlive(laptop);
  });

  it('takes a used refresh token too: whoever wants to sign out holds one of the session', async () => {
    const signedIn = await signUp(gateway);
    await refreshWith(gateway, signedIn.refreshToken);
    expect((await revoke({ refreshToken: signedIn.refreshToken })).__typename).toBe('RevokePayload');
    await expectEnded(signedIn, 'LOGOUT');
  });

  it('takes the refresh cookie for proof, and clears it', async () => {
    const signedIn = await signUp(gateway);
    const browser = openBrowser(gateway);
    browser.cookies.set('fluxgate_refresh', signedIn.refreshToken).set('fluxgate_access', signedIn.accessToken);
    expect((await revoke({}, {}, browser)).session).toMatchObject({ id: signedIn.session.id, isCurrent: true });
    expect([...browser.cookies.keys()]).toEqual([]);
    await expectEnded(signedIn, 'LOGOUT');
  });

  it('lets a browser sign out with an access token that has expired', async () => {
    const signedIn = await signUp(gateway);
    const browser = openBrowser(gateway);
    browser.cookies.set('fluxgate_refresh', signedIn.refreshToken);
    expect((await revoke({}, bearer('an.expired.token'), browser)).__typename).toBe('RevokePayload');
    await expectEnded(signedIn, 'LOGOUT');
  });

  it('takes a session and a refresh token that mean the same one', async () => {
    const { refreshToken, session } = await signUp(gateway);
    const answer = await revoke({ refreshToken, sessionId: session.id.toUpperCase() });
    expect(answer).toMatchObject({ __typename: 'RevokePayload', session: { id: session.id } });
  });

  it('ends neither where the two mean different ones', async () => {
    const { phone, laptop } = await signInTwice();
    const answer = await revoke({ refreshToken: phone.refreshToken, sessionId: laptop.session.id });
    expect(answer).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    await expectAlive(phone);
    await expectAlive(laptop);
  });

  it("tells nobody whether another user's session exists, and leaves it", async () => {
    const mine = await signUp(gateway);
    const theirs = await signUp(gateway);
    const answer = await revoke({ sessionId: theirs.session.id }, bearer(mine.accessToken));
    expect(answer).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    expect(answer).toEqual(await revoke({ sessionId: UNKNOWN_ID }, bearer(mine.accessToken)));
    await expectAlive(theirs);
  });

  it.each(['', 'x', '1', "' or true --", '\u0000', UNKNOWN_ID.slice(1), 'é'.repeat(36)])(
    'finds no session called %j',
    async (sessionId) => {
      const { accessToken } = await signUp(gateway);
      expect((await revoke({ sessionId }, bearer(accessToken))).code).toBe('NOT_FOUND');
    },
  );

  it.each([
    ['forged', (good: string) => good.slice(0, -22) + 'A'.repeat(22)],
    ['of no session', () => refreshTokenAt(UNKNOWN_ID, 0)],
    ['empty', () => ''],
  ])('refuses a refresh token that is %s', async (_, spoil) => {
    const signedIn = await signUp(gateway);
    expect((await revoke({ refreshToken: spoil(signedIn.refreshToken) })).code).toBe('INVALID_REFRESH_TOKEN');
    await expectAlive(signedIn);
  });

  it('succeeds again for a session that has ended, which keeps its first reason', async () => {
    const { phone, laptop } = await signInTwice();
    const first = await revoke({ sessionId: phone.session.id }, bearer(laptop.accessToken));
    const second = await revoke({ sessionId: phone.session.id }, bearer(laptop.accessToken));
    expect(second).toEqual(first);
    expect((await revoke({ refreshToken: phone.refreshToken })).session.endReason).toBe('REVOKED_BY_USER');
    const events = await sessionEvents(gateway, phone.session.id);
    expect(events.filter(({ type }) => type === 'session.revoked')).toHaveLength(1);
  });

  it('answers with how a session ended that somebody else ends at the same moment', async () => {
    const { phone, laptop } = await signInTwice();
    const ending = {
      text: `update sessions set revoked_at = now(), revoke_reason = 'REVOKED_BY_ADMIN' where id = $1`,
      values: [phone.session.id],
    };
    const race = () => revoke({ sessionId: phone.session.id }, bearer(laptop.accessToken));
    const { session } = await commitUnder(gateway.databaseUrl, ending, race);
    expect(session).toMatchObject({ id: phone.session.id, status: 'REVOKED', endReason: 'REVOKED_BY_ADMIN' });
    expect((await sessionEvents(gateway, phone.session.id)).map(({ type }) => type)).not.toContain('session.revoked');
  });

  it('leaves a session that has expired as it ended', async () => {
    const { refreshToken, session } = await signUp(gateway);
    await setSession(gateway, session.id, 'idle_expires_at = now()');
    expect((await revoke({ refreshToken })).session).toMatchObject({ status: 'EXPIRED', endReason: 'EXPIRED_IDLE' });
    expect((await sessionRow(gateway, session.id)).revoked_at).toBeNull();
  });

  it('writes down who ended it, and why', async () => {
    const { phone, laptop } = await signInTwice();
    await revoke({ sessionId: phone.session.id }, { ...bearer(laptop.accessToken), 'user-agent': 'curl/8.5.0' });
    expect((await sessionEvents(gateway, phone.session.id)).at(-1)).toMatchObject({
      type: 'session.revoked',
      severity: 0,
      user_id: phone.user.id,
      ip: '127.0.0.1',
      user_agent: 'curl/8.5.0',
      details: { reason: 'REVOKED_BY_USER' },
    });
  });
});
