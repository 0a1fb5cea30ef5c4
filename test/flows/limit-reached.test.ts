import { randomUUID } from 'node:crypto';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { countEvents, eventRows } from '../support/security-event-rows.js';
import { freshEmail, logIn, signUp, type SignedIn } from '../support/sign-in.js';

const WARNING = 1;

let gateway: Gateway;
beforeAll(async () => {
  const limits = 'session.write=1/3600,read.user=20/3600,login.account=1/3600,signup.ip=9/3600';
  const env = { FLUXGATE_RATE_LIMITS: limits, FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' };
  gateway = await startGateway({ env });
});
afterAll(() => gateway.close());

const reached = async (userId: string | null, policy: string) =>
  (await eventRows(gateway, userId)).filter(
    ({ type, details }) => type === 'limit.reached' && details['policy'] === policy,
  );

const rename = async ({ accessToken }: SignedIn) => {
  const document = `mutation { answer: renameDevice(deviceId: "${randomUUID()}", name: "x") { ... on Error { code } } }`;
  return (await gateway.gql<{ answer: { code: string } }>(document, {}, bearer(accessToken))).data.answer.code;
};

const readMe = async ({ accessToken }: SignedIn) =>
  (await gateway.gql('{ me { id email name } }', {}, bearer(accessToken))).errors?.[0]?.extensions['code'] ?? 'ok';

describe('a limit that is reached', () => {
  it('is an event of its user and session, once a window, however many are refused at once and later', async () => {
    const signedIn = await signUp(gateway, {}, { 'x-forwarded-for': '203.0.113.7' });
    const codes = await Promise.all(Array.from({ length: 12 }, () => rename(signedIn)));
    codes.push(await rename(signedIn));
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(12);

    const { user, session } = signedIn;
    expect(await reached(user.id, 'session.write')).toMatchObject([
      { severity: WARNING, user_id: user.id, session_id: session.id, ip: '127.0.0.1' },
    ]);
  });

  it('is an event of a user who has read too much', async () => {
    const signedIn = await signUp(gateway, {}, { 'x-forwarded-for': '203.0.113.8' });
    const codes = [];
    while (codes.at(-1) !== 'RATE_LIMITED' && codes.length < 9) codes.push(await readMe(signedIn));
    codes.push(await readMe(signedIn));
    expect(codes.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(await reached(signedIn.user.id, 'read.user')).toMatchObject([{ user_id: signedIn.user.id }]);
  });

  it('is an event of nobody where an address has reached it', async () => {
    for (let signUps = 0; signUps < 11; signUps += 1)
      await signUp(gateway, { email: 'nobody' }, { 'x-forwarded-for': '203.0.113.9' });
    expect(await reached(null, 'signup.ip')).toMatchObject([{ severity: WARNING, ip: '203.0.113.9' }]);
  });

  it('is not in the list of an account that strangers try, and never tells of what refuses nobody', async () => {
    const { user } = await signUp(gateway, {}, { 'x-forwarded-for': '203.0.113.10' });
    const before = await reached(null, 'login.account');
    for (let tries = 0; tries < 4; tries += 1)
      await logIn(gateway, { email: user.email, password: 'sturdy-otter-battery-8' });
    for (let tries = 0; tries < 8; tries += 1) await logIn(gateway, { email: freshEmail() }); // nobody's attempts
    expect(await reached(user.id, 'login.account')).toEqual([]);
    expect(await reached(null, 'login.account')).toHaveLength(before.length + 1);
    expect(await reached(null, 'attempt.told')).toEqual([]);
  });

  it('refuses all the same where it cannot be written down', async () => {
    const signedIn = await signUp(gateway, {}, { 'x-forwarded-for': '203.0.113.11' });
    const before = await countEvents(gateway, 'limit.reached');
    await gateway.sql('alter table security_events rename to away');
    const codes = [await rename(signedIn), await rename(signedIn)];
    await gateway.sql('alter table away rename to security_events');
    expect(codes).toEqual(['NOT_FOUND', 'RATE_LIMITED']);
    expect(await countEvents(gateway, 'limit.reached')).toBe(before);
    expect(gateway.logLines.join('')).toContain('a limit that was reached was not written down');
  });
});
