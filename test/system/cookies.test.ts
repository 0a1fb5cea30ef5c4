import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { inPage, launchChromium } from '../support/chromium.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { sessionRow } from '../support/session-rows.js';
import { signUp } from '../support/sign-in.js';

const LOGIN = `mutation ($input: LoginInput!) { result: login(input: $input) {
  ... on AuthPayload { accessToken refreshToken session { id } } } }`;
const REFRESH = 'mutation { result: refresh { ... on RefreshPayload { outcome accessToken } ... on Error { code } } }';
const REVOKE = 'mutation { result: revoke { ... on RevokePayload { session { endReason } } } }';

interface Result {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly session: { readonly id: string; readonly endReason: string | null };
  readonly outcome: string;
  readonly code?: string;
}

let gateway: Gateway;
let elsewhere: Server;
let elsewherePort: number;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  browser = await launchChromium();
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
  elsewhere = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<p>Elsewhere'));
  await once(elsewhere.listen(0, 'localhost'), 'listening');
  elsewherePort = (elsewhere.address() as AddressInfo).port;
});
beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  elsewhere?.close();
  await gateway?.close();
});

/** A page of our own origin, in a tab of its own. */
async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(`${gateway.url}/explorer`, { waitUntil: 'commit' });
  return tab;
}

/** What a page of ours does: one operation by fetch, cookies included. */
async function ask(tab: Page, query: string, variables: object = {}): Promise<Result> {
  const answer = await tab.evaluate(
    async ([body]) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch('/graphql', { method: 'POST', headers, body: body! });
      return (await response.json()) as { data: { result: unknown } };
    },
    [JSON.stringify({ query, variables })],
  );
  return answer.data.result as Result;
}

/** A new user signs in from a tab, with cookies. */
async function logIn(tab: Page): Promise<Result> {
  const { user } = await signUp(gateway);
  return ask(tab, LOGIN, { input: { email: user.email, password: PASSWORD } });
}

describe('in a browser, a sign-in with cookies', () => {
  it('keeps them from every script', async () => {
    const tab = await openTab();
    expect((await logIn(tab)).refreshToken).toBeNull();
    expect(await inPage(tab, 'document.cookie')).toBe('');
    const kept = (await context.cookies()).map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]).sort();
    expect(kept).toEqual([
      ['fluxgate_access', true, 'Lax'],
      ['fluxgate_device', true, 'Lax'],
      ['fluxgate_refresh', true, 'Strict'],
    ]);
  });

  it('is kept up by refreshing, without a token that the page has to hold', async () => {
    const tab = await openTab();
    const { session } = await logIn(tab);
    for (const count of ['1', '2']) {
      const { outcome, accessToken } = await ask(tab, REFRESH);
      expect(outcome).toBe('ROTATED');
      expect((await gateway.gql('{ session { id } }', {}, bearer(accessToken))).data).toEqual({
        session: { id: session.id },
      });
      expect((await sessionRow(gateway, session.id)).refresh_counter).toBe(count);
    }
  });

  it('survives two tabs that refresh at the same moment', async () => {
    const tabs = [await openTab(), await openTab()];
    const { session } = await logIn(tabs[0]!);
    const held = { text: 'select from sessions where id = $1 for update', values: [session.id], waiting: tabs.length };
    const refreshed = await commitUnder(gateway.databaseUrl, held, () =>
      Promise.all(tabs.map((tab) => ask(tab, REFRESH))),
    );
    expect(refreshed.map(({ outcome }) => outcome).sort()).toEqual(['REPLAYED', 'ROTATED']);
    for (const tab of tabs) expect((await ask(tab, REFRESH)).outcome).toBe('ROTATED');
  });

  it('is over in every tab once one has revoked it, and only the device is remembered', async () => {
    const tabs = [await openTab(), await openTab()];
    await logIn(tabs[0]!);
    expect((await ask(tabs[1]!, REVOKE)).session.endReason).toBe('LOGOUT');
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['fluxgate_device']);
    expect((await ask(tabs[0]!, REFRESH)).code).toBe('INVALID_REFRESH_TOKEN');
  });
});

/** What a foreign page can make a browser send without asking: each would sign the user out where it is let. */
const attempts: Record<string, (page: Page) => Promise<unknown>> = {
  'a fetch without preflight': (page) => fetchFrom(page, { mode: 'no-cors' }),
  'a form': (page) =>
    inPage(
      page,
      `(() => {
        const [name, value] = ${JSON.stringify(JSON.stringify({ query: REVOKE, x: '=' }).split('='))};
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', enctype: 'text/plain', action: '${gateway.url}/graphql' });
        form.append(Object.assign(document.createElement('input'), { name, value }));
        document.body.append(form);
        form.submit();
      })()`,
    ),
  'a link': (page) => inPage(page, `void (location = '${gateway.url}/graphql?query=${encodeURIComponent(REVOKE)}')`),
};

/** Whether the page got an answer that it may look at. */
function fetchFrom(page: Page, init: object): Promise<boolean> {
  return page.evaluate(
    async ([url, body, more]) => {
      const request = { method: 'POST', credentials: 'include', body, ...more } as RequestInit;
      return fetch(url, request).then(
        ({ type }) => type !== 'opaque',
        () => false,
      );
    },
    [`${gateway.url}/graphql`, JSON.stringify({ query: REVOKE }), init] as const,
  );
}

describe.each([
  // SameSite does not tell ports apart: such a page's requests carry the refresh cookie, and the gateway answers 403.
  ['of our site on another port', '127.0.0.1', 403],
  // Without the cookie there is nothing to forbid, only something that is not JSON.
  ['of another site', 'localhost', 415],
])('in a browser, a page %s', (_, host, status) => {
  let page: Page;
  let sessionId: string;
  let before: Awaited<ReturnType<BrowserContext['cookies']>>;

  beforeEach(async () => {
    sessionId = (await logIn(await openTab())).session.id;
    before = await context.cookies();
    page = await context.newPage();
    await page.goto(`http://${host}:${elsewherePort}/`);
  });
  afterEach(async () => {
    expect(await sessionRow(gateway, sessionId)).toMatchObject({ refresh_counter: '0', revoked_at: null });
    expect(await context.cookies()).toEqual(before);
  });

  it.each(Object.entries(attempts))('cannot use the cookies with %s', async (name, attempt) => {
    const answering = page.waitForResponse((response) => response.url().startsWith(gateway.url));
    await attempt(page);
    expect((await answering).status()).toBe(name === 'a link' ? 400 : status);
  });

  it('is not even let ask by a fetch with JSON', async () => {
    expect(await fetchFrom(page, { headers: { 'content-type': 'application/json' } })).toBe(false);
  });
});
