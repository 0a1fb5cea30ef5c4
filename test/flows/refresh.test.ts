import { decodeJwt } from 'jose';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { refreshTokenAt } from '../support/minted-tokens.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

const DAY_MS = 86_400_000;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

/** The HTTP status of asking who one is. */
async function statusWith(accessToken: string): Promise<number> {
  return (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;
}

describe('refresh', () => {
  it('gives tokens that work, of the same session and user', async () => {
    const { refreshToken, session, user } = await signUp(gateway);
    const answer = await gateway.gql<{ refresh: Record<string, unknown> }>(
      `mutation ($token: String!) { refresh(input: { refreshToken: $token }) { ... on RefreshPayload {
         accessToken refreshToken expiresIn tokenType outcome user { id email } session { id isCurrent status } } } }`,
      { token: refreshToken },
    );
    expect(answer.data.refresh).toEqual({
      accessToken: expect.any(String),
      refreshToken: refreshTokenAt(session.id, 1),
      expiresIn: 900,
      tokenType: 'Bearer',
      outcome: 'ROTATED',
      user,
      session: { id: session.id, isCurrent: true, status: 'ACTIVE' },
    });
    expect(await statusWith(answer.data.refresh['accessToken'] as string)).toBe(200);
  });

  it('gives a lost answer again: the same successor, which works', async () => {
    const { refreshToken } = await signUp(gateway);
    const lost = await refreshWith(gateway, refreshToken);
    const again = await refreshWith(gateway, refreshToken);
    expect([lost.outcome, again.outcome]).toEqual(['ROTATED', 'REPLAYED']);
    expect(again.refreshToken).toBe(lost.refreshToken);
    expect((await refreshWith(gateway, again.refreshToken)).outcome).toBe('ROTATED');
  });

  it('keeps the session when the first of three tokens comes back inside the window, and ends it after', async () => {
    const { refreshToken: first, session } = await signUp(gateway);
    const { refreshToken: second } = await refreshWith(gateway, first);
    const { refreshToken: third } = await refreshWith(gateway, second);
    expect((await refreshWith(gateway, first)).__typename).toBe('StaleRefreshToken');
    expect((await refreshWith(gateway, second)).refreshToken).toBe(third);

    await setSession(gateway, session.id, `rotated_at = rotated_at - interval '30 seconds'`);
    expect((await refreshWith(gateway, first)).reason).toBe('TOKEN_REUSE');
    expect((await refreshWith(gateway, third)).reason).toBe('TOKEN_REUSE');
  });

  it('ends the access tokens of a session whose old token came back, at once, and no other session', async () => {
    const phone = await signUp(gateway);
    const laptop = await logIn(gateway, { email: phone.user.email, deviceName: 'Laptop' });
    const { accessToken } = await refreshWith(gateway, phone.refreshToken);
    await setSession(gateway, phone.session.id, `rotated_at = rotated_at - interval '30 seconds'`);

    expect((await refreshWith(gateway, phone.refreshToken)).reason).toBe('TOKEN_REUSE');
    expect(await statusWith(accessToken)).toBe(401);
    expect(await statusWith(phone.accessToken)).toBe(401);
    expect(await statusWith(laptop.accessToken)).toBe(200);
    expect((await refreshWith(gateway, laptop.refreshToken)).outcome).toBe('ROTATED');
  });

  it('puts the roles that the user has now into the access token', async () => {
    const { refreshToken, user } = await signUp(gateway);
    await gateway.sql(`update users set roles = '{editor}' where id = $1`, [user.id]);
    const { accessToken } = await refreshWith(gateway, refreshToken);
    expect(decodeJwt(accessToken)).toMatchObject({ sub: user.id, roles: ['editor'] });
  });

  it('works whatever access token is sent along', async () => {
    const { refreshToken } = await signUp(gateway);
    expect((await refreshWith(gateway, refreshToken, { authorization: 'Bearer expired.or.garbage' })).outcome).toBe(
      'ROTATED',
    );
  });
});

describe('the deadlines of a session', () => {
  it('move on to seven days from now with a refresh, and not with its replay', async () => {
    const { refreshToken, session } = await signUp(gateway);
    const start = await setSession(gateway, session.id, `idle_expires_at = now() + interval '1 hour'`);
    await refreshWith(gateway, refreshToken);
    const refreshed = await sessionRow(gateway, session.id);
    expect(refreshed.idle_expires_at.getTime() - refreshed.rotated_at.getTime()).toBe(7 * DAY_MS);
    expect(refreshed.absolute_expires_at).toEqual(start.absolute_expires_at);

    expect((await refreshWith(gateway, refreshToken)).outcome).toBe('REPLAYED');
    expect((await sessionRow(gateway, session.id)).idle_expires_at).toEqual(refreshed.idle_expires_at);
  });

  it('never move past thirty days after the sign-in', async () => {
    const { refreshToken, session } = await signUp(gateway);
    const signedIn = await sessionRow(gateway, session.id);
    expect(signedIn.absolute_expires_at.getTime() - signedIn.rotated_at.getTime()).toBe(30 * DAY_MS);

    await setSession(gateway, session.id, `absolute_expires_at = now() + interval '1 day'`);
    await refreshWith(gateway, refreshToken);
    const row = await sessionRow(gateway, session.id);
    expect(row.idle_expires_at).toEqual(row.absolute_expires_at);
  });

  it('are not outlived by an access token', async () => {
    const { refreshToken, session } = await signUp(gateway);
    await setSession(gateway, session.id, `absolute_expires_at = now() + interval '100 seconds'`);
    const { accessToken } = await refreshWith(gateway, refreshToken);
    const { exp = 0, iat = 0 } = decodeJwt(accessToken);
    expect(exp - iat).toBeGreaterThan(0);
    expect(exp - iat).toBeLessThanOrEqual(100);
  });

  it.each([
    ['idle', `idle_expires_at = now()`, 'EXPIRED_IDLE'],
    ['absolute', `absolute_expires_at = now()`, 'EXPIRED_ABSOLUTE'],
    ['idle and the absolute', `idle_expires_at = now(), absolute_expires_at = now()`, 'EXPIRED_ABSOLUTE'],
  ])('end it when the %s one has passed', async (_, assignments, reason) => {
    const { refreshToken, session } = await signUp(gateway);
    const before = await setSession(gateway, session.id, assignments);
    expect(await refreshWith(gateway, refreshToken)).toMatchObject({ __typename: 'SessionEnded', reason });
    expect(await sessionRow(gateway, session.id)).toEqual(before);
    expect((await sessionEvents(gateway, session.id)).at(-1)).toMatchObject({
      type: 'refresh.refused',
      severity: 0,
      details: { reason },
    });
  });
});

describe('a refresh token', () => {
  it('of a disabled account is refused, and works again when the account does', async () => {
    const { refreshToken, session, user } = await signUp(gateway);
    await gateway.sql(`update users set status = 'disabled' where id = $1`, [user.id]);
    expect((await refreshWith(gateway, refreshToken)).reason).toBe('ACCOUNT_DISABLED');
    expect((await sessionRow(gateway, session.id)).refresh_counter).toBe('0');

    await gateway.sql(`update users set status = 'active' where id = $1`, [user.id]);
    expect((await refreshWith(gateway, refreshToken)).outcome).toBe('ROTATED');
  });

  it.each(['LOGOUT', 'REVOKED_BY_ADMIN', 'PASSWORD_CHANGED', 'SESSION_LIMIT'])(
    'of a session that ended by %s is refused with that reason',
    async (reason) => {
      const { refreshToken, session } = await signUp(gateway);
      await setSession(gateway, session.id, `revoked_at = now(), revoke_reason = '${reason}'`);
      expect(await refreshWith(gateway, refreshToken)).toMatchObject({ __typename: 'SessionEnded', reason });
    },
  );

  it('of a session that is no longer there is not valid', async () => {
    const token = refreshTokenAt('0198c0de-0000-7000-8000-0000000000ff', 3);
    expect((await refreshWith(gateway, token)).code).toBe('INVALID_REFRESH_TOKEN');
  });

  it('with a known session and a made-up tag is refused before it touches the session', async () => {
    const { session } = await signUp(gateway);
    const before = await sessionRow(gateway, session.id);
    const token = refreshTokenAt(session.id, 0);
    const forged = `${token.slice(0, 60)}${'A'.repeat(22)}`;
    expect((await refreshWith(gateway, forged)).code).toBe('INVALID_REFRESH_TOKEN');
    expect(await sessionRow(gateway, session.id)).toEqual(before);
    expect((await sessionEvents(gateway, session.id)).map((event) => event.type)).toEqual([
      'signup.succeeded',
      'device.added',
    ]);
  });

  it.each(['', 'garbage', 'fgr_', '\u0000', 'é', 'A'.repeat(8_000)])('is no such thing as %j', async (token) => {
    expect(await refreshWith(gateway, token)).toMatchObject({
      __typename: 'InvalidRefreshToken',
      code: 'INVALID_REFRESH_TOKEN',
    });
  });
});
