import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { inPage, launchChromium, watch, type Complaints } from '../support/chromium.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

let gateway: Gateway;
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

const NO_COMPLAINTS: Complaints = { errors: [], outsideRequests: [] };
const contexts: BrowserContext[] = [];
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

/** The account page in a browser of its own, once its script has found that nobody is signed in. */
async function open(options: BrowserContextOptions = {}, search = ''): Promise<{ page: Page; complaints: Complaints }> {
  const context = await browser.newContext(options);
  contexts.push(context);
  const complaints = await watch(context, gateway.url);
  const page = await context.newPage();
  await page.goto(`${gateway.url}/account${search}`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  return { page, complaints };
}

async function signInOn(page: Page, email: string, password = PASSWORD): Promise<void> {
  const form = page.locator('#sign-in');
  await form.getByLabel('E-mail').fill(email);
  await form.getByLabel('Password').fill(password);
  await form.getByRole('button', { name: 'Sign in' }).click();
}

function signedInAs(page: Page, email: string): Promise<void> {
  return page.getByText(`Signed in as ${email}.`).waitFor();
}

/** The page's sessions, as they are read. */
function sessionsOn(page: Page): Promise<string[]> {
  return page.locator('#sessions li strong').allTextContents();
}

describe('the account page', () => {
  it('signs up, and signs out again', async () => {
    const { page, complaints } = await open();
    const email = freshEmail();
    const form = page.locator('#sign-up');
    await form.getByLabel('Name').fill('Ann');
    await form.getByLabel('E-mail').fill(email);
    await form.getByLabel('Password').fill(PASSWORD);
    await form.getByRole('button', { name: 'Create an account' }).click();
    await signedInAs(page, email);
    expect(await sessionsOn(page)).toEqual(['Chrome on Linux']);
    expect(await page.locator('#sessions').innerText()).toContain('(this one)');

    await page.reload();
    await signedInAs(page, email);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('You are signed out.').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(complaints).toEqual(NO_COMPLAINTS);
  });

  it('signs in, lists the sessions, ends one of them, then all others', async () => {
    const { user, accessToken } = await signUp(gateway, {}, { 'user-agent': 'Old/1.0' });
    for (const deviceName of ['Kitchen tablet', 'Work laptop'])
      await logIn(gateway, { email: user.email, deviceName }, { 'accept-language': deviceName.slice(0, 2) });
    const { page, complaints } = await open();
    await signInOn(page, user.email);
    await signedInAs(page, user.email);
    expect((await sessionsOn(page)).slice(0, 3)).toEqual(['Chrome on Linux', 'Work laptop', 'Kitchen tablet']);

    await page.getByRole('button', { name: 'Sign out Kitchen tablet' }).click();
    await page.getByText('Kitchen tablet is signed out.').waitFor();
    expect(await sessionsOn(page)).not.toContain('Kitchen tablet');
    expect((await sessionsOn(page)).length).toBe(3);

    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('You are signed out everywhere else.').waitFor();
    expect(await sessionsOn(page)).toEqual(['Chrome on Linux']);
    expect(await page.getByRole('button', { name: 'Sign out everywhere else' }).isVisible()).toBe(false);
    const { errors } = await gateway.gql('{ sessions { id } }', {}, bearer(accessToken));
    expect(errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    expect(complaints).toEqual(NO_COMPLAINTS);
  });

  it('goes on where its access token has expired or its session was ended elsewhere', async () => {
    const { user, accessToken } = await signUp(gateway);
    const { page } = await open();
    await signInOn(page, user.email);
    await signedInAs(page, user.email);
    await gateway.gql('mutation { revokeAll { __typename } }', {}, bearer(accessToken));
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    await signInOn(page, user.email);
    await signedInAs(page, user.email);
  });

  it('says what is wrong, by words and at the field', async () => {
    const { user } = await signUp(gateway);
    const { page, complaints } = await open();
    await signInOn(page, user.email, 'something else');
    await page.getByRole('alert').getByText('E-mail or password is wrong.').waitFor();
    const form = page.locator('#sign-up');
    await form.getByLabel('Name').fill('Ann');
    await form.getByLabel('E-mail').fill(user.email);
    await form.getByLabel('Password').fill('password123');
    await form.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('alert').getByText('This password is in lists that attackers try first.').waitFor();
    await form.getByLabel('Password').fill(PASSWORD);
    await form.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('alert').getByText('This e-mail address has an account already.').waitFor();
    expect(complaints).toEqual(NO_COMPLAINTS);
  });

  it('says that a sign-in with a provider was refused, in no words of a link', async () => {
    const { page, complaints } = await open({}, '?return_to=/healthz&error=PROVIDER_REFUSED');
    await page.getByRole('alert').getByText('The sign-in did not work (PROVIDER_REFUSED).').waitFor();
    expect(page.url()).toBe(`${gateway.url}/account?return_to=%2Fhealthz`);
    await page.goto(`${gateway.url}/account?error=${encodeURIComponent('Call 555 now <b>')}`);
    await page.getByRole('alert').getByText('The sign-in did not work. Try again').waitFor();
    expect(complaints).toEqual(NO_COMPLAINTS);
  });

  it('leads back to where a sign-in was asked for', async () => {
    const { user } = await signUp(gateway);
    const { page } = await open({}, '?return_to=/healthz%3Ffrom=account');
    await signInOn(page, user.email);
    await page.waitForURL(`${gateway.url}/healthz?from=account`);

    await page.goto(`${gateway.url}/account?return_to=/healthz`);
    await signedInAs(page, user.email);
    await page.getByRole('link', { name: `Go on to ${gateway.url}/healthz` }).click();
    await page.waitForURL(`${gateway.url}/healthz`);
  });

  it('keeps no token where a script or the next person could find one', async () => {
    const { user } = await signUp(gateway);
    const { page } = await open();
    await signInOn(page, user.email);
    await signedInAs(page, user.email);
    const kept = await inPage<string>(
      page,
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(kept).toBe('[{},{},""]');
    expect(await inPage(page, 'document.documentElement.outerHTML')).not.toMatch(/eyJ|fgr_/);
    expect(await page.locator('#sign-in-password').inputValue()).toBe('');
  });

  it('is used by keyboard alone, and says where the focus is', async () => {
    const { user } = await signUp(gateway);
    await logIn(gateway, { email: user.email, deviceName: 'Work laptop' });
    const { page } = await open();
    await page.keyboard.press('Tab');
    expect(await inPage(page, 'document.activeElement.id')).toBe('sign-in-email');
    expect(await inPage(page, `getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid');
    await page.keyboard.type(user.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await signedInAs(page, user.email);
    await page.waitForFunction(`document.activeElement.id === 'sessions-title'`);

    await page.keyboard.press('Tab');
    expect(await inPage(page, `document.activeElement.getAttribute('aria-label')`)).toMatch(/^Sign out /);
    await page.keyboard.press('Space');
    await page.getByText(/is signed out\.$/).waitFor();
    await page.waitForFunction(`document.activeElement.id === 'sessions-title'`);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('You are signed out.').waitFor();
    await page.waitForFunction(`document.activeElement.id === 'sign-in-email'`);
  });
});

/** In narrow and wide windows, light and dark, signed out and in. */
describe.each([
  ['light', 360],
  ['dark', 360],
  ['light', 1280],
  ['dark', 1280],
] as const)('the account page, %s, at %i px', (colorScheme, width) => {
  let page: Page;
  let complaints: Complaints;

  beforeEach(async () => {
    ({ page, complaints } = await open({ colorScheme, viewport: { width, height: 640 } }, '?return_to=/healthz'));
  });
  afterEach(() => expect(complaints).toEqual(NO_COMPLAINTS));

  async function expectAccessible(): Promise<void> {
    const { violations, passes } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
    expect(passes.map(({ id }) => id)).toContain('color-contrast');
    expect(await inPage(page, 'document.documentElement.scrollWidth')).toBe(width);
    expect(await inPage(page, 'matchMedia("(prefers-color-scheme: dark)").matches')).toBe(colorScheme === 'dark');
    const background = await inPage<string>(page, 'getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(22, 25, 29)' : 'rgb(255, 255, 255)');
  }

  it('is accessible to who is signed out, a refusal included', async () => {
    await expectAccessible();
    await signInOn(page, 'nobody@example.org');
    await page.getByRole('alert').getByText('E-mail or password is wrong.').waitFor();
    await expectAccessible();
  });

  it('is accessible to who is signed in, by a long address and on a device with a long name', async () => {
    const email = `${'long'.repeat(12)}-${colorScheme}@${'example'.repeat(6)}-${width}.org`;
    await signUp(gateway, { email });
    await logIn(gateway, { email, deviceName: 'x'.repeat(60) }, { 'user-agent': 'Other/1.0' });
    await page.goto(`${gateway.url}/account`);
    await signInOn(page, email);
    await signedInAs(page, email);
    await expectAccessible();
  });
});
