import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** nginx runs for real in test/system; of the other two, this is what can be seen without running them. */
const load = <T>(path: string): T =>
  parse(readFileSync(fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url)), 'utf8')) as T;

const IDENTITY = ['x-fluxgate-user', 'x-fluxgate-session', 'x-fluxgate-roles', 'x-fluxgate-token'];
/** What /auth/verify reads of a client. */
const ASKED_WITH = [
  'accept',
  'authorization',
  'cookie',
  'origin',
  'sec-fetch-dest',
  'sec-fetch-site',
  'sec-websocket-key',
];
const FORWARDED = ['x-forwarded-host', 'x-forwarded-method', 'x-forwarded-proto', 'x-forwarded-uri'];

/** Paths that an application may read as one below /admin, though a proxy does not. */
const AROUND_ADMIN = [
  '/admin;/x',
  '/admin;a=b/users',
  '/public/..;/admin/x',
  '/public/..;a/admin/x',
  '/public/;/../admin/x',
  '/public/x\\..\\admin',
  '/public/%5c..%5Cadmin',
  '/public/%3b/admin',
  '/public/%252e%252e/admin',
  '/public/%25%32%65/admin',
  '/public/x%23/admin',
  '/public/%0d/admin',
  '/public/%c0%ae%c0%ae/admin',
  '/public/../admin/x',
  '/public/./admin',
  '/public/..',
];
const ADMIN = ['/admin', '/admin/', '/admin/users', '/Admin/users', '/ADMIN', '/admin.json', '/aDmin%20/x'];
const ORDINARY = [
  '/',
  '/reports/2026',
  '/public/a%20b',
  '/public/caf%C3%A9',
  '/public/a.b..c/.well',
  '/x/@scope/a,b=c',
];

describe('deploy/traefik', () => {
  interface Check {
    readonly address: string;
    readonly trustForwardHeader: boolean;
    readonly authRequestHeaders: readonly string[];
    readonly authResponseHeaders: readonly string[];
  }
  interface Middleware {
    readonly headers?: { readonly customRequestHeaders: Readonly<Record<string, string>> };
    readonly forwardAuth?: Check;
  }
  const entry = load<{
    readonly entryPoints: Record<
      string,
      { readonly forwardedHeaders: object; readonly http: { readonly middlewares: readonly string[] } }
    >;
  }>('traefik/traefik.yaml').entryPoints;
  const { middlewares, routers, services } = load<{
    readonly http: {
      readonly middlewares: Readonly<Record<string, Middleware>>;
      readonly routers: Readonly<
        Record<
          string,
          {
            readonly rule: string;
            readonly priority: number;
            readonly service: string;
            readonly middlewares?: readonly string[];
          }
        >
      >;
      readonly services: object;
    };
  }>('traefik/fluxgate.yaml').http;
  const checks = Object.entries(middlewares).flatMap(([name, { forwardAuth }]) =>
    forwardAuth ? [[name, forwardAuth] as const] : [],
  );

  it('removes an identity that a client makes up, however it spells it, at every entry point', () => {
    for (const { forwardedHeaders, http } of Object.values(entry)) {
      expect(http.middlewares).toEqual(['no-made-up-identity@file']);
      expect(forwardedHeaders).toEqual({ insecure: false });
    }
    const removed = middlewares['no-made-up-identity']?.headers?.customRequestHeaders ?? {};
    expect(new Set(Object.values(removed))).toEqual(new Set(['']));
    const spellings = IDENTITY.flatMap((name) => {
      const [x = '', fluxgate = '', what = ''] = name.split('-');
      return ['-', '_'].flatMap((first) => ['-', '_'].map((second) => x + first + fluxgate + second + what));
    });
    expect(lowerCase(Object.keys(removed))).toEqual(spellings.sort());
  });

  it.each(checks)('asks with what decides, and overwrites the whole identity: %s', (_, check) => {
    expect(lowerCase(check.authRequestHeaders)).toEqual(ASKED_WITH);
    expect(lowerCase(check.authResponseHeaders)).toEqual(IDENTITY.toSorted());
    expect(check.trustForwardHeader).toBe(false); // X-Forwarded-* are the proxy's own
    expect(check.address).toMatch(/^http:\/\/fluxgate:4000\/auth\/verify(\?roles=[a-z,]+)?$/);
  });

  it('lets nobody pass a check by another spelling of a path', () => {
    const ambiguous = pathPattern(routers['ambiguous']?.rule);
    const admin = pathPattern(routers['admin']?.rule);
    expect(AROUND_ADMIN.filter((path) => !ambiguous.test(path))).toEqual([]);
    expect(ADMIN.filter((path) => !admin.test(path) || ambiguous.test(path))).toEqual([]);
    expect(ORDINARY.filter((path) => admin.test(path) || ambiguous.test(path))).toEqual([]);
    const priorities = Object.entries(routers).toSorted(([, a], [, b]) => b.priority - a.priority);
    expect(priorities.map(([name]) => name)).toEqual(['ambiguous', 'fluxgate', 'public', 'admin', 'application']);
  });

  it('checks every router of the application, but for what is public', () => {
    const unchecked = Object.entries(routers).filter(([, router]) => !router.middlewares);
    expect(unchecked.map(([name]) => name)).toEqual(['ambiguous', 'fluxgate', 'public']);
    expect(routers['ambiguous']?.service).toBe('noop@internal');
    const used = Object.values(routers).flatMap((router) => router.middlewares ?? []);
    expect(used.sort()).toEqual(checks.map(([name]) => name).sort());
    for (const { service } of Object.values(routers).slice(1)) expect(services).toHaveProperty(service);
    expect(routers['fluxgate']?.rule).toMatch(/ && !Path\(`\/auth\/verify`\)$/);
  });
});

describe('deploy/envoy', () => {
  interface Patterns {
    readonly patterns: readonly { readonly exact: string }[];
  }
  interface Filter {
    readonly name: string;
    readonly typed_config: {
      readonly '@type': string;
      readonly mutations?: { readonly request_mutations: readonly Mutation[] };
      readonly allowed_headers?: Patterns;
      readonly http_service?: {
        readonly path_prefix: string;
        readonly authorization_response: { readonly allowed_upstream_headers: Patterns };
      };
    };
  }
  interface Mutation {
    readonly remove?: string;
    readonly append?: { readonly header: { readonly key: string }; readonly append_action: string };
  }
  interface Route {
    readonly match: {
      readonly path?: string;
      readonly prefix?: string;
      readonly case_sensitive?: boolean;
      readonly safe_regex?: { readonly regex: string };
    };
    readonly route?: { readonly cluster: string };
    readonly direct_response?: { readonly status: number };
    readonly typed_per_filter_config?: Readonly<Record<string, { readonly disabled: boolean }>>;
  }
  interface Manager {
    readonly http_filters: readonly Filter[];
    readonly route_config: { readonly virtual_hosts: readonly { readonly routes: readonly Route[] }[] };
  }
  const { listeners, clusters } = load<{
    readonly static_resources: {
      readonly listeners: readonly {
        readonly filter_chains: readonly { readonly filters: readonly { readonly typed_config: Manager }[] }[];
      }[];
      readonly clusters: readonly { readonly name: string }[];
    };
  }>('envoy/envoy.yaml').static_resources;
  const manager = listeners[0]!.filter_chains[0]!.filters[0]!.typed_config;
  const [first, ...filters] = manager.http_filters;
  const checks = filters.filter(({ typed_config }) => typed_config.http_service);
  const routes = manager.route_config.virtual_hosts.flatMap((host) => host.routes);

  it('removes an identity that a client makes up before anything else, and rewrites what is forwarded', () => {
    const mutations = first?.typed_config.mutations?.request_mutations ?? [];
    expect(mutations.flatMap(({ remove }) => remove ?? [])).toEqual(IDENTITY);
    const written = mutations.flatMap(({ append }) => append ?? []);
    for (const { append_action } of written) expect(append_action).toBe('OVERWRITE_IF_EXISTS_OR_ADD');
    // Envoy writes the scheme by itself.
    expect([...written.map(({ header }) => header.key), 'x-forwarded-proto'].sort()).toEqual(FORWARDED);
    expect(manager).toMatchObject({
      use_remote_address: true,
      normalize_path: true,
      common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
    });
  });

  it.each(checks.map((check) => [check.name, check] as const))(
    'asks with what decides, overwrites the whole identity, and lets nobody through unasked: %s',
    (_, { typed_config: config }) => {
      expect(exact(config.allowed_headers)).toEqual([...ASKED_WITH, ...FORWARDED]);
      expect(exact(config.http_service?.authorization_response.allowed_upstream_headers)).toEqual(IDENTITY.toSorted());
      expect(config).toMatchObject({
        failure_mode_allow: false,
        status_on_error: { code: 'ServiceUnavailable' },
        http_service: { path_prefix: expect.stringMatching(/^\/auth\/verify\?(roles=[a-z,]+&)?for=$/) },
      });
    },
  );

  it('lets nobody pass a check by another spelling of a path', () => {
    const [ambiguous] = routes;
    expect(ambiguous?.direct_response).toEqual({ status: 400 });
    const admin = routes.find(({ match }) => match.prefix === '/admin');
    expect(AROUND_ADMIN.filter((path) => routeOf(path) !== ambiguous)).toEqual([]);
    expect(ADMIN.filter((path) => routeOf(path) !== admin)).toEqual([]);
    expect(ORDINARY.filter((path) => [ambiguous, admin].includes(routeOf(path)))).toEqual([]);
    // What Envoy routes by as it was sent, and an application decodes.
    expect(['/%61dmin', '/%41DMIN/x', '/public/%2e%2e/admin'].filter((path) => routeOf(path) !== ambiguous)).toEqual(
      [],
    );
  });

  it('ends with the router', () => {
    expect(filters.map(({ name }) => name)).toEqual([...checks.map(({ name }) => name), 'envoy.filters.http.router']);
  });

  it('checks every route of the application, but for what is public', () => {
    const unchecked = routes.filter(({ route, typed_per_filter_config: off = {} }) => {
      for (const name of Object.keys(off)) expect(checks.map((check) => check.name)).toContain(name);
      return route && checks.every(({ name }) => off[name]?.disabled);
    });
    const open = unchecked.map(({ match, route }) => [route?.cluster, match.path ?? match.prefix]);
    expect(open.filter(([cluster]) => cluster === 'application')).toEqual([['application', '/public/']]);
    expect(open.filter(([cluster]) => cluster === 'fluxgate')).toHaveLength(7);
    expect(routes[1]).toEqual({ match: { path: '/auth/verify' }, direct_response: { status: 404 } });
    const known = clusters.map(({ name }) => name);
    for (const { route } of routes) if (route) expect(known).toContain(route.cluster);
  });

  /** The first that matches a path without a query. */
  function routeOf(path: string): Route | undefined {
    return routes.find(({ match }) => {
      if (match.safe_regex) return regExp(`^(?:${match.safe_regex.regex})$`).test(path);
      if (match.path !== undefined) return path === match.path;
      const fold = (text = '') => (match.case_sensitive === false ? text.toLowerCase() : text);
      return fold(path).startsWith(fold(match.prefix));
    });
  }

  function exact(list: Patterns | undefined): string[] {
    return (list?.patterns ?? []).map((pattern) => pattern.exact).sort();
  }
});

/** The pattern of a rule that is PathRegexp alone. */
function pathPattern(rule = ''): RegExp {
  return regExp(/^PathRegexp\(`(.*)`\)$/.exec(rule)?.[1] ?? '(?!)');
}

/** RE2's (?i), wherever it stands at the beginning, is a flag here. */
function regExp(re2: string): RegExp {
  return new RegExp(re2.replace('(?i)', ''), re2.includes('(?i)') ? 'i' : '');
}

function lowerCase(names: readonly string[]): string[] {
  return names.map((name) => name.toLowerCase()).sort();
}
