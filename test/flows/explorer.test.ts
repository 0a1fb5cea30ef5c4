import { buildSchema, getVariableValues, Kind, parse, validate, type OperationDefinitionNode } from 'graphql';
import { printedSchema } from '../../src/transport/graphql/schema.js';
import { EXPLORER_TABS, type ExplorerTab } from '../../src/transport/http/explorer/operations.js';
import { openBrowser } from '../support/browser.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

const byName = new Map(EXPLORER_TABS.map((tab) => [operationOf(tab).name?.value, tab]));

function operationOf({ query }: ExplorerTab): OperationDefinitionNode {
  const operation = parse(query).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('the tab holds no operation');
  return operation;
}

/** The paths of everything that the page loads. */
async function assetPaths(): Promise<string[]> {
  const page = await (await fetch(`${gateway.url}/explorer`)).text();
  return [...page.matchAll(/\/explorer\/assets\/[\w.-]+/g)].map(([path]) => path);
}

async function assetPath(name: RegExp): Promise<string> {
  const path = (await assetPaths()).find((each) => name.test(each));
  if (path === undefined) throw new Error(`the page loads nothing like ${name}`);
  return path;
}

function load(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}${path}`, { headers });
}

describe("the explorer's tabs", () => {
  it('are signup, login, refresh, sessions and revoke', () => {
    expect([...byName.keys()]).toEqual(['Signup', 'Login', 'Refresh', 'Sessions', 'Revoke']);
  });

  it.each([...byName])('%s is valid against the schema, with its variables', async (_, tab) => {
    const schema = buildSchema(await printedSchema());
    expect(validate(schema, parse(tab.query))).toEqual([]);
    const { variableDefinitions = [] } = operationOf(tab);
    const variables = JSON.parse(tab.variables) as Record<string, unknown>;
    expect(getVariableValues(schema, variableDefinitions, variables).errors).toBeUndefined();
  });

  it('run in their order as they are', async () => {
    const browser = openBrowser(gateway);
    let accessToken = '';
    const run = async (name: string) => {
      const { query, variables } = byName.get(name)!;
      const headers = accessToken ? bearer(accessToken) : {};
      return (await browser.gql(query, JSON.parse(variables) as Record<string, unknown>, headers)).data;
    };
    for (const [name, field, payload] of [
      ['Signup', 'signup', 'AuthPayload'],
      ['Login', 'login', 'AuthPayload'],
      ['Refresh', 'refresh', 'RefreshPayload'],
    ] as const) {
      const { [field]: result } = (await run(name)) as Record<string, { __typename: string; accessToken: string }>;
      expect(result).toMatchObject({ __typename: payload });
      accessToken = result!.accessToken;
    }
    expect(await run('Sessions')).toEqual({
      sessions: expect.arrayContaining([expect.objectContaining({ isCurrent: true })]),
    });
    expect(await run('Revoke')).toMatchObject({ revoke: { session: { status: 'REVOKED', endReason: 'LOGOUT' } } });
  });
});

describe("the explorer's page", () => {
  it('may run, connect to and be framed by nothing but our own origin', async () => {
    const { headers } = await load('/explorer');
    const policy = Object.fromEntries(
      (headers.get('content-security-policy') ?? '').split(';').map((directive) => {
        const [name = '', ...sources] = directive.trim().split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'worker-src': "'self'",
      'style-src': "'self' 'unsafe-inline'",
      'font-src': 'data:',
      'img-src': 'data:',
      'connect-src': "'self'",
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
    });
  });

  it('names no other host', async () => {
    const page = await (await load('/explorer')).text();
    expect(page).not.toMatch(/https?:|src="\/\/|href="\/\//);
  });

  it('is stored nowhere: a page that is gone back to would still hold a token', async () => {
    const { headers } = await load('/explorer');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('comes with six files, all there and to be kept for good', async () => {
    const paths = await assetPaths();
    expect(paths).toHaveLength(6);
    for (const path of paths) {
      const { status, headers } = await load(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });
});

describe("the explorer's files", () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.1, gzip', 'br'],
    ['gzip, deflate', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['br; q=0.0, gzip; q=0', null],
    ['identity', null],
    ['zstd', null],
  ])('for a browser that accepts %s are sent as %s', async (accepted, encoding) => {
    const path = await assetPath(/\.css$/);
    const plain = await (await load(path, { 'accept-encoding': 'identity' })).text();
    const answer = await load(path, { 'accept-encoding': accepted });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('vary')).toBe('Origin, Accept-Encoding');
    expect((await answer.text()) === plain).toBe(true);
  });

  it('are a quarter of their size when compressed', async () => {
    const path = await assetPath(/graphiql-\w+\.js$/);
    const plain = await load(path, { 'accept-encoding': 'identity' });
    const compressed = await load(path, { 'accept-encoding': 'br' });
    const [plainBytes, compressedBytes] = [plain, compressed].map(({ headers }) =>
      Number(headers.get('content-length')),
    );
    expect(compressedBytes).toBeLessThan(plainBytes! / 4);
    await Promise.all([plain.arrayBuffer(), compressed.arrayBuffer()]);
  });

  it('are not sent again to a browser that has them', async () => {
    const path = await assetPath(/page-\w+\.js$/);
    const etag = (await load(path)).headers.get('etag')!;
    // As a browser asks on a reload; of itself, fetch adds that it wants the file anew.
    const again = await load(path, { 'if-none-match': etag, 'cache-control': 'max-age=0' });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  it.each(['page-0000000000000000.js', '..%2froutes.ts', '%2e%2e', 'constructor'])(
    'do not include %s',
    async (name) => {
      expect((await load(`/explorer/assets/${name}`)).status).toBe(404);
    },
  );
});

describe('the explorer in production', () => {
  const env = { NODE_ENV: 'production', FLUXGATE_PUBLIC_URL: 'https://auth.example.org' };

  it.each([
    ['is not served', {}, 404],
    ['is served together with the introspection that it needs', { FLUXGATE_INTROSPECTION: 'on' }, 200],
  ])('%s', async (_, introspection, status) => {
    const path = await assetPath(/page-\w+\.js$/);
    const production = await startGateway({
      env: { ...env, ...introspection },
      databaseUrl: gateway.databaseUrl,
    });
    try {
      expect((await fetch(`${production.url}/explorer`)).status).toBe(status);
      expect((await fetch(`${production.url}${path}`)).status).toBe(status);
    } finally {
      await production.close();
    }
  });
});
