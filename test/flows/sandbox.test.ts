import { startGateway, type Gateway } from '../support/gateway.js';

const HTML = { headers: { accept: 'text/html' } };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { NODE_ENV: 'development' } });
});
afterAll(() => gateway.close());

async function landingPage(): Promise<{ html: string; policy: Map<string, readonly string[]> }> {
  const response = await fetch(`${gateway.url}/graphql`, HTML);
  expect(response.headers.get('content-type')).toContain('text/html');
  return { html: await response.text(), policy: parsePolicy(response.headers.get('content-security-policy') ?? '') };
}

describe('Apollo Sandbox', () => {
  it('is the landing page in development', async () => {
    const { html } = await landingPage();
    expect(html).toContain('EmbeddedSandbox');
    const root = await fetch(gateway.url, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([302, '/graphql']);
  });

  it.each([
    ['script-src', /<script[^>]*\ssrc="([^"]+)"/g],
    ['style-src', /<link[^>]*\shref="([^"]+)"[^>]*\srel="stylesheet"/g],
    ['img-src', /<link[^>]*\srel="(?:apple-touch-)?icon"[^>]*\shref="([^"]+)"/g],
    ['manifest-src', /<link[^>]*\srel="manifest"[^>]*\shref="([^"]+)"/g],
    ['font-src', /<link[^>]*\srel="preconnect"[^>]*\shref="([^"]+)"/g],
  ])('may load what its page names for %s', async (directive, pattern) => {
    const { html, policy } = await landingPage();
    const urls = [...html.matchAll(pattern)].map((match) => match[1] ?? '');
    expect(urls.length).toBeGreaterThan(0);
    expect(urls.filter((url) => !allows(policy, directive, url))).toEqual([]);
  });

  it('may run the scripts and styles in its page, and load the frames that its page expects', async () => {
    const { html, policy } = await landingPage();
    expect(policy.get('script-src')).toContain("'unsafe-inline'");
    expect(policy.get('style-src')).toContain("'unsafe-inline'");
    const inPage = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    const frames = parsePolicy(inPage).get('frame-src') ?? [];
    const expected = frames.filter((url) => !url.includes('.local')); // for those who build Apollo's own page
    expect(expected).toContain('https://sandbox.embed.apollographql.com');
    expect(expected.filter((url) => !allows(policy, 'frame-src', url))).toEqual([]);
  });

  it('may ask this gateway, and be framed by nobody', async () => {
    const { policy } = await landingPage();
    expect(policy.get('connect-src')).toContain("'self'");
    expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
  });

  it('leaves the answers to operations their strict policy', async () => {
    const { headers } = await gateway.gql('{ __typename }');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  });

  it.each(['production', 'test'])('is not there with NODE_ENV=%s', async (environment) => {
    const env = { NODE_ENV: environment, FLUXGATE_PUBLIC_URL: 'https://auth.example.org' };
    const closed = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const graphql = await fetch(`${closed.url}/graphql`, HTML);
      expect(graphql.status).toBe(400);
      expect(graphql.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(await graphql.text()).not.toContain('<');
      expect((await fetch(closed.url, { redirect: 'manual' })).status).toBe(404);
    } finally {
      await closed.close();
    }
  });
});

function parsePolicy(text: string): Map<string, readonly string[]> {
  return new Map(
    text.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

/** Whether a policy lets a URL of another origin load (CSP 3 §6.7.2.8, as far as our policies go). */
function allows(policy: ReadonlyMap<string, readonly string[]>, directive: string, url: string): boolean {
  const { protocol, hostname, origin } = new URL(url);
  const sources = policy.get(directive) ?? policy.get('default-src') ?? [];
  return sources.some(
    (source) =>
      source === origin ||
      (source.startsWith(`${protocol}//*.`) && hostname.endsWith(source.slice(`${protocol}//*`.length))),
  );
}
