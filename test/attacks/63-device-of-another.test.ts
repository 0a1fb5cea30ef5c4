import { FIREFOX_ON_MACOS, openBrowser, type Browser } from '../support/browser.js';
import { runCommand } from '../support/fluxgate-command.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { deviceCookieOf, earlierDeviceCookieOf } from '../support/minted-tokens.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

const HOME = { 'user-agent': FIREFOX_ON_MACOS, 'accept-language': 'de', 'x-forwarded-for': '203.0.113.7' };
const COOKIE = { delivery: 'COOKIE' };
const DEVICE_COOKIE = 'fluxgate_device';
const WRONG = 'sturdy-otter-battery-8';
const NEW_PASSWORD = 'quiet-heron-lantern-4';
const GUESSES = 20;

let gateway: Gateway;
let lastAddress = 0;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_TRUSTED_PROXIES: '127.0.0.1', FLUXGATE_HASH_QUEUE: '200' } });
});
afterAll(() => gateway.close());

/** One that nothing has been counted on. */
const anywhere = () => ({ 'x-forwarded-for': `10.1.${++lastAddress >> 8}.${lastAddress & 255}` });

async function ownerAtHome(): Promise<{ owner: Browser; account: SignedIn }> {
  const owner = openBrowser(gateway, HOME);
  return { owner, account: await signUp(owner, { ...COOKIE, deviceName: 'Firefox on Linux' }) };
}

/** A browser that has a cookie, and comes from another address each time. */
function withDevice(cookie: string | undefined): Browser {
  const browser = openBrowser(gateway);
  if (cookie !== undefined) browser.cookies.set(DEVICE_COOKIE, cookie);
  return browser;
}

/** How many of so many guesses at once are looked at. */
async function guesses(browser: Browser, email: string, count = GUESSES + 5): Promise<number> {
  const asked = Array.from({ length: count }, () => logIn(browser, { email, password: WRONG }, anywhere()));
  return (await Promise.all(asked)).filter(({ __typename }) => __typename === 'InvalidCredentials').length;
}

async function changePassword({ user }: SignedIn): Promise<void> {
  const { databaseUrl } = gateway;
  const end = await runCommand(['users', 'set-password', user.email], { databaseUrl, stdin: NEW_PASSWORD });
  expect(end.code).toBe(0);
}

describe('63. whoever knows, or once knew, the password', () => {
  it.each([
    ['the name of the owner’s device', { deviceName: 'Firefox on Linux' }],
    ['its looks', {}],
  ])('gets another device’s cookie, and no share of the owner’s limit, by %s', async (_, named) => {
    const { owner, account } = await ownerAtHome();
    const { email } = account.user;
    const thief = openBrowser(gateway, HOME);

    const entered = await logIn(thief, { email, ...COOKIE, ...named }, { 'x-forwarded-for': '203.0.113.7' });
    expect(entered).toMatchObject({ __typename: 'AuthPayload', isNewDevice: true });
    expect(entered.session.device.id).not.toBe(account.session.device.id);

    await guesses(thief, email);
    expect(await logIn(owner, { email }, anywhere())).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('has no guesses of their own once the password is another, whatever devices they have made', async () => {
    const { owner, account } = await ownerAtHome();
    const { email } = account.user;
    const thieves: Browser[] = [];
    for (let nth = 0; nth < 5; nth += 1) {
      const thief = openBrowser(gateway);
      await logIn(thief, { email, ...COOKIE, deviceName: `Device ${nth}` }, anywhere());
      thieves.push(thief);
    }
    await changePassword(account);
    const looked = await Promise.all(thieves.map((thief) => guesses(thief, email)));
    expect(looked.reduce((sum, count) => sum + count)).toBe(GUESSES - thieves.length); // signing in took five

    // The owner's browser has to prove the new password like any other, and then is known again.
    expect(await logIn(owner, { email, password: NEW_PASSWORD }, anywhere())).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it('leaves the browser known that comes back with the new password, and no copy of its cookie of before', async () => {
    const { owner, account } = await ownerAtHome();
    const { email } = account.user;
    const copy = withDevice(owner.cookies.get(DEVICE_COOKIE));
    await changePassword(account);

    const again = await logIn(owner, { email, password: NEW_PASSWORD, ...COOKIE }, anywhere());
    expect(again).toMatchObject({ isNewDevice: false, session: { device: account.session.device } });
    await guesses(copy, email);
    await guesses(withDevice(undefined), email);
    expect(await logIn(owner, { email, password: NEW_PASSWORD }, anywhere())).toMatchObject({ user: account.user });
  });

  it('makes ten devices known at most, and drives out none that came before', async () => {
    const { owner, account } = await ownerAtHome();
    const { email } = account.user;
    const made: Browser[] = [];
    for (let nth = 0; nth < 12; nth += 1) {
      const browser = openBrowser(gateway);
      await logIn(browser, { email, ...COOKIE }, anywhere());
      made.push(browser);
    }
    await guesses(withDevice(undefined), email);
    const known = await Promise.all([owner, ...made].map((browser) => guesses(browser, email, 1)));
    expect(known).toEqual([...Array<number>(10).fill(1), 0, 0, 0]);
  });

  it('is the stranger that they were with a cookie that tells no password, once its device has one that does', async () => {
    const { owner, account } = await ownerAtHome();
    const { email } = account.user;
    const { id } = account.session.device;
    await gateway.sql('UPDATE devices SET password_version = NULL WHERE id = $1', [id]); // as it was given before
    owner.cookies.set(DEVICE_COOKIE, earlierDeviceCookieOf(id));
    const copy = withDevice(earlierDeviceCookieOf(id));

    await guesses(withDevice(undefined), email);
    expect(await logIn(owner, { email, ...COOKIE }, anywhere())).toMatchObject({ isNewDevice: false });
    expect(await guesses(copy, email)).toBe(0);
    expect(await logIn(owner, { email }, anywhere())).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('is no known device by a cookie that was signed for one that has none', async () => {
    const script = await signUp(gateway, {}, anywhere());
    await guesses(withDevice(undefined), script.user.email);
    expect(await guesses(withDevice(deviceCookieOf(script.session.device.id)), script.user.email)).toBe(0);
  });
});

describe('63. an address that strangers have spent', () => {
  it('lets a known device in, and no stranger who has a device of another account', async () => {
    const here = { 'x-forwarded-for': '198.51.100.7' };
    const { owner, account } = await ownerAtHome();
    const other = openBrowser(gateway);
    await signUp(other, COOKIE, anywhere());
    await Promise.all(Array.from({ length: 100 }, () => logIn(gateway, { email: 'not an address' }, here)));

    const { email } = account.user;
    expect(await logIn(owner, { email }, here)).toMatchObject({ __typename: 'AuthPayload' });
    expect(await logIn(other, { email }, here)).toMatchObject({ __typename: 'RateLimited' });
  });
});
