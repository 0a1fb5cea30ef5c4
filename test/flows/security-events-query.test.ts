import { FIREFOX_ON_MACOS } from '../support/browser.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { eventRows } from '../support/security-event-rows.js';
import { logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const QUERY = `query ($first: Int, $after: String, $filter: SecurityEventFilter) {
  securityEvents(first: $first, after: $after, filter: $filter) {
    edges { cursor node { id type } }
    nodes { id type severity occurredAt userId sessionId ipAddress userAgent details risk { score } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const FAILURES = 5;

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly nodes: readonly { readonly id: string; readonly type: string; readonly occurredAt: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

let gateway: Gateway;
let owner: SignedIn;
let history: readonly string[];

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
  owner = await signUp(gateway, {}, { 'user-agent': FIREFOX_ON_MACOS });
  await signUp(gateway, {});
  for (let nth = 0; nth < FAILURES; nth += 1)
    await logIn(gateway, { email: owner.user.email, password: 'sturdy-otter-battery-8' });
  await refreshWith(gateway, owner.refreshToken);
  history = (await eventRows(gateway, owner.user.id)).map((event) => event.id).reverse();
});

afterAll(() => gateway.close());

describe('the security events of a user', () => {
  it('are the newest first, and nobody else is among them', async () => {
    const { nodes, edges, pageInfo } = await page({});

    expect(nodes.map(({ type }) => type)).toEqual([
      ...Array<string>(FAILURES).fill('login.failed'),
      'device.added',
      'signup.succeeded',
    ]);
    expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
    expect(pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: edges.at(0)?.cursor,
      endCursor: edges.at(-1)?.cursor,
    });
  });

  it('show all that is known of each', async () => {
    const { nodes } = await page({ filter: { types: ['signup.succeeded'] } });

    expect(nodes).toEqual([
      {
        id: history.at(-1),
        type: 'signup.succeeded',
        severity: 'INFO',
        occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        userId: owner.user.id,
        sessionId: owner.session.id,
        ipAddress: '127.0.0.1',
        userAgent: FIREFOX_ON_MACOS,
        details: { deviceId: owner.session.device.id },
        risk: null,
      },
    ]);
  });

  it('leave refreshes out, unless they are named', async () => {
    expect((await page({ filter: { types: ['session.refreshed'] } })).nodes).toMatchObject([
      { type: 'session.refreshed', sessionId: owner.session.id },
    ]);
  });

  it.each([1, 2, 3, 100])('come in pages of %i, each once, whatever happens meanwhile', async (first) => {
    const expected = (await page({ first: 100 })).nodes.map(({ id }) => id);
    const seen: string[] = [];
    let after: string | null = null;
    for (let last = false; !last;) {
      const { nodes, pageInfo }: Page = await page({ first, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      expect(nodes.length).toBeLessThanOrEqual(first);
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
      last = !pageInfo.hasNextPage;
      await logIn(gateway, { email: owner.user.email });
    }
    expect(seen).toEqual(expected);
  });

  it('end with an empty page after the last one', async () => {
    const all = await page({ first: 100 });
    expect(await page({ after: all.pageInfo.endCursor })).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  it.each([
    ['types', { types: ['login.failed', 'device.added'] }, ['login.failed', 'device.added']],
    ['types that there are none of', { types: ['refresh.reused'] }, []],
    ['types that do not exist', { types: ['login.failed', 'no.such', '\0', '\ud800'] }, ['login.failed']],
    ['no type', { types: [] }, []],
    ['severity', { minSeverity: 'WARNING' }, ['login.failed']],
    ['a severity that there are none of', { minSeverity: 'CRITICAL' }, []],
    ['a time to come', { since: '2999-01-01T00:00:00Z' }, []],
    ['a time long gone', { until: '1999-12-31T23:59:59Z' }, []],
    ['both at once', { types: ['login.failed', 'device.added'], minSeverity: 'WARNING' }, ['login.failed']],
  ])('are chosen by %s', async (_, filter, types) => {
    const { nodes } = await page({ first: 100, filter });
    expect([...new Set(nodes.map(({ type }) => type))].sort()).toEqual([...types].sort());
  });

  it('are chosen by a time between', async () => {
    const [dayAgo, weekAgo] = [history[1] ?? '', history[2] ?? ''];
    await moveBack(dayAgo, '1 day');
    await moveBack(weekAgo, '7 days');
    const all = { types: ['login.failed', 'session.refreshed', 'device.added', 'signup.succeeded'] };

    const since = await page({ first: 100, filter: { ...all, since: daysAgo(2) } });
    const until = await page({ first: 100, filter: { ...all, until: daysAgo(0.5) } });
    const between = await page({ first: 100, filter: { ...all, since: daysAgo(2), until: daysAgo(0.5) } });

    expect(ids(since)).toContain(dayAgo);
    expect(ids(since)).not.toContain(weekAgo);
    expect(ids(until)).toEqual([dayAgo, weekAgo]);
    expect(ids(between)).toEqual([dayAgo]);
  });

  it.each([
    ['a page of none', { first: 0 }],
    ['a page of minus one', { first: -1 }],
    ['a page of 101', { first: 101 }],
    ['an empty cursor', { after: '' }],
    ['a cursor that is none', { after: 'first' }],
    ['a cursor with a NUL', { after: '\0' }],
    ['a cursor of another list', { after: Buffer.from('1').toString('base64url') }],
    ['a year before the first', { filter: { since: '0000-01-01T00:00:00Z' } }],
    ['a time that is none', { filter: { until: 'yesterday' } }],
    ['a severity that is none', { filter: { minSeverity: 'LOUD' } }],
  ])('are not given for %s', async (_, variables) => {
    const answer = await ask(variables);
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('are not given to whoever is not signed in', async () => {
    const answer = await gateway.gql('{ securityEvents { nodes { id } } }');

    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate"');
  });
});

function ask(variables: Record<string, unknown>) {
  return gateway.gql<{ securityEvents: Page }>(QUERY, variables, bearer(owner.accessToken));
}

async function page(variables: Record<string, unknown>): Promise<Page> {
  const answer = await ask(variables);
  expect(answer).toMatchObject({ status: 200, errors: undefined });
  return answer.data.securityEvents;
}

async function moveBack(eventId: string, by: string): Promise<void> {
  await gateway.sql('update security_events set occurred_at = occurred_at - $2::interval where id = $1', [eventId, by]);
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

function ids({ nodes }: Page): string[] {
  return nodes.map(({ id }) => id);
}
