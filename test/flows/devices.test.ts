import { CHROME_ON_ANDROID, FIREFOX_ON_MACOS, openBrowser } from '../support/browser.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { eventTypes } from '../support/security-event-rows.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

const DEVICE_COOKIE = 'fluxgate_device';
const COOKIE = { delivery: 'COOKIE' };
const HOME = {
  'user-agent': FIREFOX_ON_MACOS,
  'accept-language': 'de-DE,de;q=0.9',
  'x-forwarded-for': '203.0.113.7',
};

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } });
});

afterAll(() => gateway.close());

describe('a device', () => {
  it.each([
    ['Firefox on macOS', FIREFOX_ON_MACOS],
    ['Chrome on Android', CHROME_ON_ANDROID],
    ['curl', 'curl/8.5.0'],
    ['Unknown device', ''],
    ['Unknown device', 'Mozilla/5.0'],
  ])('is called "%s" where nobody named it', async (name, userAgent) => {
    const { session } = await signUp(gateway, {}, { 'user-agent': userAgent });
    expect(session.device.name).toBe(name);
  });

  it.each([
    ['as it was', {}],
    ['after an update of the browser', { 'user-agent': FIREFOX_ON_MACOS.replaceAll('140.0', '141.0') }],
    ['with another address of its network', { 'x-forwarded-for': '203.0.113.99' }],
    ['with another second language', { 'accept-language': 'de-DE,fr;q=0.8' }],
  ])('is recognised %s, without a cookie', async (_, changed) => {
    const { user, session } = await signUp(gateway, {}, HOME);

    const again = await logIn(gateway, { email: user.email }, { ...HOME, ...changed });

    expect(again).toMatchObject({ isNewDevice: false, session: { device: session.device } });
    expect(await eventTypes(gateway, user.id)).toEqual(['signup.succeeded', 'device.added', 'login.succeeded']);
  });

  it.each([
    ['another browser', { 'user-agent': CHROME_ON_ANDROID }],
    [
      'another system',
      { 'user-agent': FIREFOX_ON_MACOS.replace('Macintosh; Intel Mac OS X 10.15', 'X11; Linux x86_64') },
    ],
    ['another language', { 'accept-language': 'fr-FR' }],
    ['another network', { 'x-forwarded-for': '198.51.100.7' }],
  ])('is a new one with %s', async (_, changed) => {
    const { user, session } = await signUp(gateway, {}, HOME);

    const other = await logIn(gateway, { email: user.email }, { ...HOME, ...changed });

    expect(other.isNewDevice).toBe(true);
    expect(other.session.device.id).not.toBe(session.device.id);
    expect(await eventTypes(gateway, user.id)).toEqual([
      ...['signup.succeeded', 'device.added'],
      ...['login.succeeded', 'device.added'],
    ]);
  });

  it('is recognised by its cookie wherever it goes', async () => {
    const browser = openBrowser(gateway, HOME);
    const { user, session } = await signUp(browser, COOKIE);

    const away = { 'user-agent': CHROME_ON_ANDROID, 'x-forwarded-for': '198.51.100.7', 'accept-language': 'fr' };
    const moved = openBrowser(gateway, away);
    moved.cookies.set(DEVICE_COOKIE, cookieOf(browser));

    expect(await logIn(moved, { email: user.email, ...COOKIE })).toMatchObject({
      isNewDevice: false,
      session: { device: session.device },
    });
  });

  it('is the one of its cookie, though another looks the same and was seen later', async () => {
    const browser = openBrowser(gateway, HOME);
    const { user, session } = await signUp(browser, COOKIE);
    const twin = await logIn(gateway, { email: user.email, deviceName: 'Twin' }, HOME);
    expect(twin.isNewDevice).toBe(true);

    expect(deviceId(await logIn(gateway, { email: user.email }, HOME))).toBe(deviceId(twin));
    expect(deviceId(await logIn(browser, { email: user.email, ...COOKIE }))).toBe(session.device.id);
  });

  it('was last seen when it last signed in', async () => {
    const { user, session } = await signUp(gateway, {}, HOME);
    const ages = `update devices set last_seen_at = now() - interval '1 day' where id = $1`;
    await gateway.sql(ages, [session.device.id]);
    await logIn(gateway, { email: user.email }, HOME);
    const seen = `select last_seen_at > now() - interval '1 hour' as lately from devices where id = $1`;
    expect(await gateway.sql(seen, [session.device.id])).toEqual([{ lately: true }]);
  });

  it('is what its owner calls it, and recognised by that name', async () => {
    const { user, session } = await signUp(gateway, { deviceName: '  Kitchen tablet ' }, HOME);
    expect(session.device.name).toBe('Kitchen tablet');

    const away = { ...HOME, 'x-forwarded-for': '198.51.100.7' };
    expect(await logIn(gateway, { email: user.email, deviceName: 'Kitchen tablet' }, away)).toMatchObject({
      isNewDevice: false,
      session: { device: session.device },
    });
    expect(await logIn(gateway, { email: user.email, deviceName: 'Attic' }, HOME)).toMatchObject({
      isNewDevice: true,
      session: { device: { name: 'Attic' } },
    });
  });

  it('is one when it signs in three times at the same moment', async () => {
    const { user } = await signUp(gateway, {}, HOME);
    const held = { text: 'select from users where id = $1 for update', values: [user.id], waiting: 3 };
    const signIn = () => logIn(gateway, { email: user.email }, { 'user-agent': CHROME_ON_ANDROID });

    const answers = await commitUnder(gateway.databaseUrl, held, () => Promise.all([signIn(), signIn(), signIn()]));

    expect(new Set(answers.map((answer) => answer.session.device.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.isNewDevice)).toHaveLength(1);
  });
});

describe('a device cookie', () => {
  it('that was not signed by us proves nothing', async () => {
    const browser = openBrowser(gateway, HOME);
    const { user, session } = await signUp(browser, COOKIE);

    for (const forged of forgeries(cookieOf(browser), session.device.id)) {
      const thief = openBrowser(gateway, { 'user-agent': `${forged.length}-thief/1.0` });
      thief.cookies.set(DEVICE_COOKIE, forged);
      const answer = await logIn(thief, { email: user.email });
      expect(answer.session.device.id).not.toBe(session.device.id);
    }
  });

  it('of another user names no device of mine', async () => {
    const mine = await signUp(gateway, {}, HOME);
    const stranger = openBrowser(gateway, { 'user-agent': CHROME_ON_ANDROID });
    const theirs = await signUp(stranger, COOKIE);

    const answer = await logIn(stranger, { email: mine.user.email });

    expect(answer.isNewDevice).toBe(true);
    expect([mine, theirs].map(deviceId)).not.toContain(deviceId(answer));
  });

  it('lets two users share a browser, each with a device of their own', async () => {
    const browser = openBrowser(gateway, HOME);
    const ada = await signUp(browser, COOKIE);
    const grace = await signUp(browser, COOKIE);
    expect(deviceId(grace)).not.toBe(deviceId(ada));

    const adaAgain = await logIn(browser, { email: ada.user.email, ...COOKIE });
    const graceAgain = await logIn(browser, { email: grace.user.email, ...COOKIE });

    expect(adaAgain).toMatchObject({ isNewDevice: false, session: { device: ada.session.device } });
    expect(graceAgain).toMatchObject({ isNewDevice: false, session: { device: grace.session.device } });
    expect(await liveSessions(ada)).toBe(2);
    expect(await liveSessions(grace)).toBe(2);
  });
});

function cookieOf(browser: { readonly cookies: ReadonlyMap<string, string> }): string {
  const value = browser.cookies.get(DEVICE_COOKIE);
  if (value === undefined) throw new Error('no device cookie was set');
  return value;
}

function* forgeries(genuine: string, deviceId: string): Generator<string> {
  const bytes = Buffer.from(genuine, 'base64url');
  yield deviceId;
  yield Buffer.from(deviceId.replaceAll('-', ''), 'hex').toString('base64url');
  yield genuine.slice(0, -4);
  yield Buffer.concat([bytes.subarray(0, 17), Buffer.alloc(32)]).toString('base64url');
  bytes.writeUInt8(bytes.readUInt8(48) ^ 1, 48);
  yield bytes.toString('base64url');
}

function deviceId(signedIn: SignedIn): string {
  return signedIn.session.device.id;
}

async function liveSessions({ user }: SignedIn): Promise<number> {
  const rows = await gateway.sql('select from sessions where user_id = $1 and revoked_at is null', [user.id]);
  return rows.length;
}
