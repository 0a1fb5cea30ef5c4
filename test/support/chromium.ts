import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
const NO_TRAFFIC_OF_ITS_OWN = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** Debian's Chromium, headless, with a new profile. */
export async function launchChromium(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    throw new Error(`These tests need ${PROGRAM}: apt-get update && apt-get install -y chromium`);
  }
  return chromium.launch({
    executablePath: PROGRAM,
    headless: true,
    // Its sandbox does not work for root, and no GPU is needed. What it opens is our own.
    args: ['--no-sandbox', '--disable-gpu', ...NO_TRAFFIC_OF_ITS_OWN],
  });
}

/** What went wrong in a browser's pages, and what they wanted from elsewhere; both empty when all is well. */
export interface Complaints {
  /** Errors of scripts, and what the content security policy refused. */
  readonly errors: string[];
  readonly outsideRequests: string[];
}

/** Refuses whatever is not of `origin`, and collects complaints from every page of the context. */
export async function watch(context: BrowserContext, origin: string): Promise<Complaints> {
  const complaints: Complaints = { errors: [], outsideRequests: [] };
  await context.route(
    (url) => url.origin !== origin && url.protocol !== 'data:' && url.protocol !== 'blob:',
    async (route) => {
      complaints.outsideRequests.push(route.request().url());
      await route.abort();
    },
  );
  context.on('weberror', (error) => complaints.errors.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.errors.push(message.text());
  });
  await context.exposeBinding('reportViolation', (_source, violation: string) => complaints.errors.push(violation));
  await context.addInitScript(`addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
    reportViolation(violatedDirective + ' refused ' + blockedURI + ' in ' + sourceFile))`);
  return complaints;
}

/** Evaluates browser code given as text, because the types of the DOM are not those of the tests. */
export async function inPage<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression);
}
