import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { inPage, launchChromium, watch, type Complaints } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startGateway, type Gateway } from '../support/gateway.js';

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

interface Opened {
  readonly page: Page;
  readonly complaints: Complaints;
}

const contexts: BrowserContext[] = [];
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

/** The explorer in a browser of its own, once its editors are there. */
async function open(options: BrowserContextOptions = {}, search = ''): Promise<Opened> {
  const context = await browser.newContext(options);
  contexts.push(context);
  const complaints = await watch(context, gateway.url);
  const page = await context.newPage();
  await page.goto(`${gateway.url}/explorer${search}`);
  await page.getByText('"ada@example.com"').waitFor(); // among the variables, so the schema and the workers are asked for
  return { page, complaints };
}

/** Opens a tab, runs it as it is, and gives back what the gateway answered. */
async function run(page: Page, tab: string): Promise<Record<string, unknown>> {
  await page.getByRole('tab', { name: tab }).click();
  const answered = page.waitForResponse((response) => response.request().postData()?.includes(tab) ?? false);
  await page.getByRole('button', { name: 'Execute query' }).click();
  return ((await (await answered).json()) as { data: Record<string, unknown> }).data;
}

function tokenBox(page: Page) {
  return page.getByLabel('Access token');
}

function keptByTheBrowser(page: Page): Promise<string> {
  return inPage(page, 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])');
}

describe('the explorer', () => {
  it('signs up, takes the access token into its box and lists the session, within its policy and offline', async () => {
    const { page, complaints } = await open();
    const { signup } = (await run(page, 'Signup')) as { signup: { accessToken: string; session: { id: string } } };
    expect(await eventually(() => tokenBox(page).inputValue(), Boolean)).toBe(signup.accessToken);

    const { sessions } = await run(page, 'Sessions');
    expect(sessions).toMatchObject([{ id: signup.session.id, isCurrent: true, deviceName: 'Chrome on Linux' }]);
    await page.locator('.graphiql-response').getByText(signup.session.id).waitFor();

    const { refresh } = (await run(page, 'Refresh')) as { refresh: { accessToken: string } };
    await eventually(
      () => tokenBox(page).inputValue(),
      (value) => value === refresh.accessToken,
    );
    expect(await run(page, 'Revoke')).toMatchObject({ revoke: { session: { endReason: 'LOGOUT' } } });
    expect(complaints).toEqual({ errors: [], outsideRequests: [] });
  });

  it('keeps no token, no password and no document, neither in the browser nor in its address', async () => {
    const { page } = await open();
    const { login } = (await run(page, 'Login')) as { login: { accessToken: string } };
    await page.getByRole('button', { name: 'Headers' }).click();
    await page.locator('.graphiql-editor-tool .view-lines:visible').click();
    await page.keyboard.type('{ "x-note": "fgr_typed" }');
    await page.getByRole('button', { name: 'Open settings dialog' }).click();
    await page.getByRole('button', { name: 'Dark' }).click();
    await page.keyboard.press('Escape');
    await eventually(
      () => keptByTheBrowser(page),
      (kept) => kept.includes('graphiql:theme'),
    );
    await page.getByRole('tab', { name: 'Signup' }).click();

    const kept = await keptByTheBrowser(page);
    for (const secret of [login.accessToken, 'sturdy-otter', 'fgr_', 'mutation', 'ada@example.com']) {
      expect(kept).not.toContain(secret);
    }
    await page.reload();
    expect(await tokenBox(page).inputValue()).toBe('');
  });

  it('lets no link choose what is run', async () => {
    const { page } = await open({}, `?query=${encodeURIComponent('mutation Evil { revokeAll { __typename } }')}`);
    expect(await inPage(page, 'location.search')).toBe('');
    expect(await page.getByText('Evil').count()).toBe(0);
  });

  it('checks documents against the schema while they are typed', async () => {
    const { page, complaints } = await open();
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ noSuchField }');
    await page.locator('.squiggly-error').first().waitFor();
    expect(complaints.errors).toEqual([]);
  });

  it('is one Tab away from its labelled box, whose token is sent with what is run', async () => {
    const { page } = await open();
    await inPage(page, 'document.activeElement.blur()');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not-a-token');
    expect(await tokenBox(page).inputValue()).toBe('not-a-token');
    const asked = page.waitForRequest((request) => request.postData()?.includes('Sessions') ?? false);
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByRole('button', { name: 'Execute query' }).click();
    expect((await asked).headers()['authorization']).toBe('Bearer not-a-token');
    await page.locator('.graphiql-response').getByText('"UNAUTHENTICATED"').waitFor();
  });

  it('fits a screen of 360 pixels, answer included', async () => {
    const { page } = await open({ viewport: { width: 360, height: 800 } });
    expect(await inPage(page, 'document.documentElement.scrollWidth')).toBe(360);
    for (const part of [tokenBox(page), page.locator('.graphiql-query-editor'), page.locator('.graphiql-response')]) {
      const box = await part.boundingBox();
      expect(box!.width).toBeGreaterThan(240);
      expect(box!.x + box!.width).toBeLessThanOrEqual(360);
    }
  });

  it.each(['light', 'dark'] as const)('has a box that can be read where the system is %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    for (const selector of ['#token label', '#access-token', '#token-note']) {
      expect(await contrast(page, selector)).toBeGreaterThanOrEqual(4.5); // WCAG 2.2, 1.4.3
    }
    const lightness = await inPage<number>(
      page,
      `(${LUMINANCE})(getComputedStyle(document.querySelector('#token')).backgroundColor)`,
    );
    expect(lightness > 0.5).toBe(colorScheme === 'light');
  });
});

/** Relative luminance of a computed colour, as WCAG 2.2 defines it. */
const LUMINANCE = `(color) => color.match(/[\\d.]+/g).slice(0, 3)
  .map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0)`;

/** Between an element's text and the nearest background behind it. */
function contrast(page: Page, selector: string): Promise<number> {
  return inPage(
    page,
    `(() => {
      const luminance = ${LUMINANCE};
      const element = document.querySelector(${JSON.stringify(selector)});
      let behind = element;
      while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
      const [lighter, darker] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
        .map(luminance).sort((a, b) => b - a);
      return (lighter + 0.05) / (darker + 0.05);
    })()`,
  );
}
