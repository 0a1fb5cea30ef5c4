import { FIREFOX_ON_MACOS } from '../support/browser.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { eventTypes } from '../support/security-event-rows.js';
import { sessionRow, setSession } from '../support/session-rows.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const SESSION = `id status isCurrent deviceName device { id name browser os firstSeenAt lastSeenAt } ipAddress
  createdAt lastUsedAt expiresAt absoluteExpiresAt authenticatedAt revokedAt endReason`;
const RENAME = `mutation ($deviceId: ID!, $name: String!) { renameDevice(deviceId: $deviceId, name: $name) { __typename
  ... on RenameDevicePayload { device { id name browser os } }
  ... on Error { code message } ... on InvalidInput { issues { path message } } } }`;
const DAY_MS = 86_400_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});

afterAll(() => gateway.close());

describe('whoever asks', () => {
  it('is nobody without a credential', async () => {
    expect(await gateway.gql('{ me { id } session { id } }')).toMatchObject({
      status: 200,
      data: { me: null, session: null },
      errors: undefined,
    });
  });

  it('is the user of the access token, on its session', async () => {
    const { accessToken, user, session } = await signUp(gateway, { name: 'Ada', userType: 'FREELANCER' });

    const { data } = await gateway.gql(
      '{ me { id email emailVerified name userType roles createdAt } session { id isCurrent } }',
      {},
      bearer(accessToken),
    );

    expect(data).toEqual({
      me: {
        ...{ id: user.id, email: user.email, emailVerified: false, name: 'Ada', userType: 'FREELANCER', roles: [] },
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      },
      session: { id: session.id, isCurrent: true },
    });
  });

  it('has the e-mail address verified once somebody has', async () => {
    const { accessToken, user } = await signUp(gateway);
    await gateway.sql('update users set email_verified_at = now() where id = $1', [user.id]);
    expect((await gateway.gql('{ me { emailVerified } }', {}, bearer(accessToken))).data).toEqual({
      me: { emailVerified: true },
    });
  });

  it.each([
    ['of another scheme', 'Basic YWRhOmxvdmVsYWNl'],
    ['without a token', 'Bearer'],
    ['that is garbage', 'Bearer garbage'],
    ['of two tokens', 'Bearer a b'],
    ['that is empty', ''],
  ])('is refused with a credential %s', async (_, authorization) => {
    const answer = await gateway.gql('{ me { id } }', {}, { authorization });

    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate", error="invalid_token"');
  });

  it('is refused on an account that is disabled', async () => {
    const { accessToken, user } = await signUp(gateway);
    await gateway.sql(`update users set status = 'disabled' where id = $1`, [user.id]);

    const answer = await gateway.gql('{ me { id } }', {}, bearer(accessToken));

    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it.each(['{ sessions { id } }', 'mutation { renameDevice(deviceId: "x", name: "x") { __typename } }'])(
    'has to sign in first for %s',
    async (document) => {
      const answer = await gateway.gql(document);

      expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate"');
    },
  );

  it('is told what a sign-in form needs, without signing in', async () => {
    expect((await gateway.gql('{ authConfig { signupEnabled passwordMinLength providers } }')).data).toEqual({
      authConfig: { signupEnabled: true, passwordMinLength: 8, providers: [] },
    });
  });
});

describe('the sessions of a user', () => {
  it('tell where each is signed in, and until when', async () => {
    const signedIn = await signUp(gateway, {}, { 'user-agent': FIREFOX_ON_MACOS });
    const row = await sessionRow(gateway, signedIn.session.id);

    const [session] = await listed(signedIn, 'ACTIVE');

    const created = session?.['createdAt'];
    const device = { id: signedIn.session.device.id, name: 'Firefox on macOS', browser: 'Firefox', os: 'macOS' };
    expect(session).toEqual({
      ...{ id: signedIn.session.id, status: 'ACTIVE', isCurrent: true, ipAddress: '127.0.0.1' },
      ...{ deviceName: device.name, device: { ...device, firstSeenAt: created, lastSeenAt: created } },
      ...{ createdAt: created, authenticatedAt: created, lastUsedAt: created },
      expiresAt: row.idle_expires_at.toISOString(),
      absoluteExpiresAt: row.absolute_expires_at.toISOString(),
      ...{ revokedAt: null, endReason: null },
    });
    expect(Date.parse(String(session?.['expiresAt'])) - Date.parse(String(created))).toBe(7 * DAY_MS);
    expect(Date.parse(String(session?.['absoluteExpiresAt'])) - Date.parse(String(created))).toBe(30 * DAY_MS);
  });

  it('come by their last use, and are nobody else', async () => {
    const first = await signUp(gateway);
    await signUp(gateway);
    const second = await logIn(gateway, { email: first.user.email });
    expect(await idsOf(second, 'ACTIVE')).toEqual([second.session.id, first.session.id]);

    await refreshWith(gateway, first.refreshToken);

    expect(await idsOf(second, 'ACTIVE')).toEqual([first.session.id, second.session.id]);
  });

  it('stay apart, and accounts too, when many ask at the same moment', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => signUp(gateway)));
    const asking = [...people, ...people].map(async ({ user, session, accessToken }) => {
      const { data } = await gateway.gql('{ me { id } sessions { id } }', {}, bearer(accessToken));
      expect(data).toEqual({ me: { id: user.id }, sessions: [{ id: session.id }] });
    });
    await Promise.all(asking);
  });

  it.each([
    ['idle for too long', 'EXPIRED', 'EXPIRED_IDLE', 'idle_expires_at = now()'],
    ['too old', 'EXPIRED', 'EXPIRED_ABSOLUTE', 'idle_expires_at = now(), absolute_expires_at = now()'],
    ['revoked', 'REVOKED', 'REVOKED_BY_ADMIN', `revoked_at = now(), revoke_reason = 'REVOKED_BY_ADMIN'`],
    [
      'revoked, and past its time since',
      'REVOKED',
      'LOGOUT',
      `revoked_at = now(), revoke_reason = 'LOGOUT', idle_expires_at = now(), absolute_expires_at = now()`,
    ],
  ])('are listed apart once they have ended: %s', async (_, status, endReason, assignments) => {
    const ended = await signUp(gateway);
    const current = await logIn(gateway, { email: ended.user.email });
    await setSession(gateway, ended.session.id, assignments);

    expect(await listed(current, status)).toMatchObject([
      { id: ended.session.id, status, isCurrent: false, endReason },
    ]);
    expect(await idsOf(current, 'ACTIVE')).toEqual([current.session.id]);
    const other = status === 'EXPIRED' ? 'REVOKED' : 'EXPIRED';
    expect(await listed(current, other)).toEqual([]);
  });
});

describe('renaming a device', () => {
  it('shows the new name everywhere, and keeps it at the next sign-in', async () => {
    const signedIn = await signUp(gateway, {}, { 'user-agent': FIREFOX_ON_MACOS });

    const renamed = await rename(signedIn, signedIn.session.device.id, '  Sofa 🛋 ');

    const device = { id: signedIn.session.device.id, name: 'Sofa 🛋' };
    expect(renamed).toEqual({
      __typename: 'RenameDevicePayload',
      device: { ...device, browser: 'Firefox', os: 'macOS' },
    });
    expect(await listed(signedIn, 'ACTIVE')).toMatchObject([{ deviceName: 'Sofa 🛋', device }]);
    const again = await logIn(gateway, { email: signedIn.user.email }, { 'user-agent': FIREFOX_ON_MACOS });
    expect(again).toMatchObject({ isNewDevice: false, session: { device } });
  });

  it("tells nobody whether another user's device exists, and leaves it", async () => {
    const owner = await signUp(gateway);
    const stranger = await signUp(gateway);

    const theirs = await rename(stranger, owner.session.device.id, 'Mine now');
    const nobodys = await rename(stranger, '0198c0de-0000-7000-8000-0000000000ff', 'Mine now');

    expect(theirs).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    expect(nobodys).toEqual(theirs);
    expect(await listed(owner, 'ACTIVE')).toMatchObject([{ deviceName: owner.session.device.name }]);
    expect(await eventTypes(gateway, stranger.user.id)).not.toContain('device.renamed');
  });

  it('does not find a device that is removed at the same moment', async () => {
    const signedIn = await signUp(gateway);
    const { id } = signedIn.session.device;
    const text = 'with s as (delete from sessions where device_id = $1) delete from devices where id = $1';

    const answer = await commitUnder(gateway.databaseUrl, { text, values: [id] }, () => rename(signedIn, id, 'Sofa'));

    expect(answer).toMatchObject({ __typename: 'NotFound' });
    expect(await eventTypes(gateway, signedIn.user.id)).not.toContain('device.renamed');
  });

  it.each(['', 'x', '1', "' or true --", '\0', '\ud800', '0198c0de-0000-7000-8000', 'é'.repeat(36)])(
    'finds no device called %j',
    async (deviceId) => {
      expect(await rename(await signUp(gateway), deviceId, 'Sofa')).toMatchObject({ __typename: 'NotFound' });
    },
  );

  it.each([
    ['empty', ''],
    ['of spaces', ' \t '],
    ['of 65 characters', 'x'.repeat(65)],
    ['of 10 kB', 'x'.repeat(10_000)],
    ['of two lines', 'a\nb'],
    ['with a NUL', 'a\0b'],
    ['with a lone surrogate', '\ud800'],
    ['that turns the text around it', 'a\u202eb'],
    ['of joiners alone', '\u200d\u200d'],
  ])('takes no name %s', async (_, name) => {
    const signedIn = await signUp(gateway);

    const answer = await rename(signedIn, signedIn.session.device.id, name);

    expect(answer).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', issues: [{ path: ['name'] }] });
    expect(await listed(signedIn, 'ACTIVE')).toMatchObject([{ deviceName: signedIn.session.device.name }]);
  });
});

async function listed({ accessToken }: SignedIn, status: string): Promise<Record<string, unknown>[]> {
  const document = `query ($status: SessionStatus!) { sessions(status: $status) { ${SESSION} } }`;
  const answer = await gateway.gql<{ sessions: Record<string, unknown>[] }>(document, { status }, bearer(accessToken));
  return answer.data.sessions;
}

async function idsOf(signedIn: SignedIn, status: string): Promise<unknown[]> {
  return (await listed(signedIn, status)).map((session) => session['id']);
}

async function rename({ accessToken }: SignedIn, deviceId: string, name: string): Promise<unknown> {
  const answer = await gateway.gql<{ renameDevice: unknown }>(RENAME, { deviceId, name }, bearer(accessToken));
  expect(answer).toMatchObject({ status: 200, errors: undefined });
  return answer.data.renameDevice;
}
