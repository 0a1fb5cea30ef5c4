import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { inPage, launchChromium } from '../support/chromium.js';
import { startEchoApplication, type EchoApplication } from '../support/echo-application.js';
import { freePort, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { sessionRow } from '../support/session-rows.js';
import { signUp } from '../support/sign-in.js';

/** Real navigations, because only a browser knows which of them carry a SameSite=Strict cookie. */
let origin: string;
let application: EchoApplication;
let acme: OpenidProvider;
let gateway: Gateway;
let nginx: Nginx;
let elsewhere: Server;
let elsewhereUrl: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  application = await startEchoApplication();
  const listen = await freePort();
  origin = `http://localhost:${listen}`;
  acme = await startOpenidProvider([`${origin}/auth/acme/callback`]); // on 127.0.0.1: another site than localhost
  Object.assign(acme, { asks: true, person: somebody() });
  gateway = await startGateway({
    env: {
      ...providerEnv({ acme }),
      FLUXGATE_PUBLIC_URL: origin,
      FLUXGATE_TRUSTED_PROXIES: '127.0.0.1',
      FLUXGATE_RATE_LIMIT_SCALE: '1000',
    },
  });
  nginx = await startNginx({ listen, gateway: Number(new URL(gateway.url).port), application: application.port });
  elsewhere = createServer((_request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<a href="${origin}/reports?year=2026">A report</a><img src="${origin}/auth/continue?return_to=/reports">`),
  );
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`; // another site than localhost
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  elsewhere?.close();
  await nginx?.stop();
  await gateway?.close();
  await acme?.close();
  await application?.close();
});

interface Person {
  readonly id: string;
  readonly sessionId: string;
}

/** From a page of the application's to a sign-in, and back to it. */
async function signInAt(path: string): Promise<Person> {
  const { user } = await signUp(gateway);
  await page.goto(origin + path);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(page.url()).toMatch(`${origin}/account?return_to=`);
  const form = page.locator('#sign-in');
  await form.getByLabel('E-mail').fill(user.email);
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(`Hello, ${user.id}`).waitFor();
  const [row] = await gateway.sql<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1 ORDER BY id DESC', [
    user.id,
  ]);
  return { id: user.id, sessionId: row?.id ?? '' };
}

/** As when its time has come: browsers drop a cookie then. */
async function loseAccessCookie(): Promise<void> {
  await context.clearCookies({ name: 'fluxgate_access' });
}

async function refreshesOf({ sessionId }: Person): Promise<string> {
  return (await sessionRow(gateway, sessionId)).refresh_counter;
}

describe('a page behind nginx, in a browser', () => {
  it('leads to a sign-in, and back to where that was asked for', async () => {
    await signInAt('/reports?year=2026&q=a+b');
    expect(page.url()).toBe(`${origin}/reports?year=2026&q=a+b`);
  });

  it('signs in with the loopback provider, and reaches the page that it was asked for', async () => {
    await page.goto(`${origin}/reports?year=2026`);
    await page.getByRole('link', { name: 'Continue with Acme' }).click();
    await page.getByRole('button', { name: 'Yes, it is me' }).click();
    await page.waitForURL(`${origin}/reports?year=2026`);
    const [user] = await gateway.sql<{ id: string }>('SELECT user_id AS id FROM identities WHERE subject = $1', [
      acme.person.sub,
    ]);
    await page.getByText(`Hello, ${user?.id}`).waitFor();
    await page.goto(`${origin}/account`);
    await page.getByText(`Signed in as ${acme.person.email}.`).waitFor();
  });

  it('outlives its access token, unseen', async () => {
    const person = await signInAt('/reports');
    await loseAccessCookie();
    await page.goto(`${origin}/reports?year=2026`);
    await page.getByText(`Hello, ${person.id}`).waitFor();
    expect(page.url()).toBe(`${origin}/reports?year=2026`);
    expect(await refreshesOf(person)).toBe('1');
    expect((await context.cookies()).map(({ name }) => name).sort()).toEqual([
      'fluxgate_access',
      'fluxgate_device',
      'fluxgate_refresh',
    ]);
  });

  it('outlives it also for who follows a link of another site, which no SameSite=Strict cookie goes along with', async () => {
    const person = await signInAt('/reports');
    await loseAccessCookie();
    const image = page.waitForRequest((request) => request.resourceType() === 'image'); // refused: no navigation
    await page.goto(elsewhereUrl);
    await image;
    const withoutCookie = page.waitForRequest((request) => request.url().includes('again=1'));
    await page.getByRole('link', { name: 'A report' }).click();
    expect((await (await withoutCookie).allHeaders())['sec-fetch-site']).toBe('same-origin');
    await page.getByText(`Hello, ${person.id}`).waitFor();
    expect(page.url()).toBe(`${origin}/reports?year=2026`);
    expect(await refreshesOf(person)).toBe('1');
  });

  it('outlives it in three tabs at once', async () => {
    const person = await signInAt('/reports');
    await loseAccessCookie();
    const tabs = await Promise.all([1, 2, 3].map(() => context.newPage()));
    await Promise.all(tabs.map((tab, at) => tab.goto(`${origin}/reports?tab=${at}`)));
    for (const tab of tabs) await tab.getByText(`Hello, ${person.id}`).waitFor();
    expect(await sessionRow(gateway, person.sessionId)).toMatchObject({ revoked_at: null });
  });

  it('leads to a sign-in again, once, where the session has ended, whoever it comes from', async () => {
    const person = await signInAt('/reports');
    await gateway.sql('UPDATE sessions SET idle_expires_at = now() WHERE id = $1', [person.sessionId]);
    await loseAccessCookie();
    await page.goto(elsewhereUrl);
    await page.getByRole('link', { name: 'A report' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(page.url()).toMatch(`${origin}/account?return_to=`);
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['fluxgate_device']);
  });

  it('says to a script that it is not signed in, instead of sending it to a page', async () => {
    const person = await signInAt('/reports');
    await loseAccessCookie();
    expect(await inPage(page, `fetch('/api/reports').then(({ status, redirected }) => [status, redirected])`)).toEqual([
      401,
      false,
    ]);
    expect(await refreshesOf(person)).toBe('0');
  });
});
