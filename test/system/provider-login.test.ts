import { isDeepStrictEqual } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { inPage, launchChromium } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { freePort, startGateway, type Gateway } from '../support/gateway.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';

const REFRESH = 'mutation { refresh { ... on RefreshPayload { user { email } } ... on Error { code } } }';

let acme: OpenidProvider;
let gateway: Gateway;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  const port = await freePort();
  // For a browser `localhost` is another site than `127.0.0.1`: no SameSite=Strict cookie comes back from there.
  acme = await startOpenidProvider([`http://127.0.0.1:${port}/auth/acme/callback`], 'localhost');
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', PORT: String(port), ...providerEnv({ acme }) };
  gateway = await startGateway({ env });
});
beforeEach(async () => {
  acme.asks = true;
  acme.person = somebody();
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
  await acme?.close();
});

const start = (returnTo: string) => `${gateway.url}/auth/acme/start?return_to=${encodeURIComponent(returnTo)}`;
const cookieNames = async () => (await context.cookies(gateway.url)).map(({ name }) => name).sort();

/** From a page of ours to the provider, where the person says yes. */
async function signIn(): Promise<void> {
  await page.goto(`${gateway.url}/explorer`, { waitUntil: 'commit' });
  await inPage(page, `void (location.href = ${JSON.stringify(start('/explorer?signed=in'))})`);
  await page.getByRole('button', { name: 'Yes, it is me' }).click();
  await page.waitForURL(`${gateway.url}/explorer?signed=in`);
}

/** What a page of ours is told when it refreshes: who is signed in by cookie. */
function refresh(): Promise<unknown> {
  return page.evaluate(async (query) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    return ((await response.json()) as { data: { refresh: unknown } }).data.refresh;
  }, REFRESH);
}

describe('in a browser, a sign-in with a provider', () => {
  it('comes back to the page that it was begun from, signed in by cookies that no script sees', async () => {
    await signIn();
    expect(await cookieNames()).toEqual(['fluxgate_access', 'fluxgate_device', 'fluxgate_refresh']);
    expect(await inPage(page, 'document.cookie')).toBe('');
    expect(await refresh()).toEqual({ user: { email: acme.person.email } });
  });

  it('takes the place of the session before it, though the way back brings no Strict cookie', async () => {
    await signIn();
    acme.asks = false; // the provider knows the browser by now
    await page.goto(start('/explorer'));
    const sessions = await gateway.sql<{ ended: boolean }>(
      `select revoked_at is not null as ended from sessions join identities using (user_id)
       where subject = $1 order by sessions.id`,
      [acme.person.sub],
    );
    expect(sessions).toEqual([{ ended: true }, { ended: false }]);
  });

  it('goes on when the provider’s keys have changed meanwhile', async () => {
    await page.goto(start('/explorer'));
    await acme.rotateKeys();
    await page.getByRole('button', { name: 'Yes, it is me' }).click();
    await page.waitForURL((url) => url.pathname === '/explorer');
    // Keys that were read a moment ago are not read again at once: a next sign-in may have to wait for that.
    const signedIn = { user: { email: acme.person.email } };
    await eventually(
      async () => {
        const answer = await refresh();
        if (!isDeepStrictEqual(answer, signedIn)) await page.goto(start('/explorer'), { waitUntil: 'commit' });
        return answer;
      },
      (answer) => isDeepStrictEqual(answer, signedIn),
    );
  });

  it('shows a page when its callback is opened in another browser', async () => {
    await page.goto(start('/explorer'));
    const asked = page.waitForRequest((request) => request.url().includes('/auth/acme/callback'));
    await page.route('**/auth/acme/callback*', (route) => route.abort());
    await page.getByRole('button', { name: 'Yes, it is me' }).click();
    const other = await browser.newContext();
    try {
      const elsewhere = await other.newPage();
      await elsewhere.goto((await asked).url());
      expect(await elsewhere.getByRole('heading').textContent()).toBe('Sign-in failed');
      expect(await other.cookies()).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
