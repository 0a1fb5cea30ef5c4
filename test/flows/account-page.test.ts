import type { AuthConfig } from '../../src/auth/queries.js';
import { accountPage } from '../../src/transport/http/account/page.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { refusedCleanly } from '../support/refused-cleanly.js';

let gateway: Gateway;
let closed: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  closed = await startGateway({
    databaseUrl: gateway.databaseUrl,
    env: { FLUXGATE_ACCOUNT_PAGE: 'off', FLUXGATE_SIGNUP: 'closed' },
  });
});
afterAll(async () => {
  await closed?.close();
  await gateway?.close();
});

describe('/account', () => {
  it('may load and ask its own origin alone, and run nothing inline', async () => {
    const { status, headers } = await fetch(`${gateway.url}/account`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')?.split(';').sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      'img-src data:',
      "script-src 'self'",
      "style-src 'self'",
    ]);
  });

  it('loads two files, which may be kept for good', async () => {
    const page = await (await fetch(`${gateway.url}/account`)).text();
    const paths = [...page.matchAll(/\/account\/assets\/[\w.-]+/g)].map(([path]) => path);
    expect(paths.map((path) => path.replace(/-[0-9a-f]{16}/, ''))).toEqual([
      '/account/assets/account.css',
      '/account/assets/account.js',
    ]);
    for (const path of paths) {
      const { status, headers } = await fetch(gateway.url + path);
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
    expect((await fetch(`${gateway.url}/account/assets/account.js`)).status).toBe(404);
  });

  it.each(['//e', '/\\e', 'https:e', 'javascript:x', 'https://e/', ''])('34. leads nowhere near %j', async (target) => {
    const answer = await fetch(`${gateway.url}/account?return_to=${encodeURIComponent(target)}`);
    expect(answer.status).toBe(400);
    refusedCleanly(answer.status, await answer.text());
  });

  it('is not there where it is switched off, and nobody is sent to it', async () => {
    expect((await fetch(`${closed.url}/account`)).status).toBe(404);
    const send = (search: string) => fetch(`${closed.url}/auth/continue${search}`, { redirect: 'manual' });
    const refused = await send('?again=1&return_to=/reports');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('location')).toBeNull();
    expect((await send('?again=1')).status).toBe(400);
  });
});

describe('the page', () => {
  const url = (name: string) => `/account/assets/${name}`;
  const render = (config: Partial<AuthConfig>, returnTo: string | null = null) =>
    accountPage(url, { signupEnabled: true, passwordMinLength: 8, providers: [], ...config }, returnTo);

  it('has a way in by each provider, which leads back', () => {
    const providers = ['google', 'acme'];
    expect(linksOf(render({ providers }))).toEqual([
      ['/auth/google/start', 'Continue with Google'],
      ['/auth/acme/start', 'Continue with Acme'],
    ]);
    const [google] = linksOf(render({ providers }, 'https://app.example.org/?a=1&b=2'));
    expect(google?.[0]).toBe(
      '/auth/google/start?return_to=https%3A%2F%2Fapp.example.org%2F%3Fa%3D1%26b%3D2&amp;from=account',
    );
  });

  it('has a sign-up only where that is open', () => {
    expect(render({})).toContain('id="sign-up"');
    expect(render({ signupEnabled: false })).not.toContain('id="sign-up"');
  });

  it('lets no address out of its attribute', () => {
    const page = render({}, 'https://app.example.org/"><script>x</script>&amp;');
    expect(page).not.toContain('<script>');
    expect(page).toContain('href="https://app.example.org/&quot;>&lt;script>x&lt;/script>&amp;amp;"');
  });
});

function linksOf(page: string): (readonly [href: string | undefined, text: string | undefined])[] {
  return [...page.matchAll(/<a class="button" href="([^"]*)">([^<]*)<\/a>/g)].map(([, href, text]) => [href, text]);
}
