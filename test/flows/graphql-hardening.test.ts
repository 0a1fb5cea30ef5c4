import { getIntrospectionQuery } from 'graphql';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { refusedCleanly, type Refused } from '../support/refused-cleanly.js';
import { freshEmail, signUp } from '../support/sign-in.js';

const LOGIN = 'login(input: { email: "a@example.org", password: "hunter2-hunter2" }) { __typename }';
const INTROSPECTION = getIntrospectionQuery();

let gateway: Gateway;
let production: Gateway;
beforeAll(async () => {
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000' };
  gateway = await startGateway({ env: { ...env, NODE_ENV: 'development' } });
  production = await startGateway({
    env: { ...env, NODE_ENV: 'production', FLUXGATE_PUBLIC_URL: 'https://auth.example.org' },
    databaseUrl: gateway.databaseUrl,
  });
});
afterAll(async () => {
  await production.close();
  await gateway.close();
});

async function post(body: string, to = gateway): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${to.url}/graphql`, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

async function refusalOf(query: string, variables: Record<string, unknown> = {}, to = gateway): Promise<Refused> {
  const { status, text } = await post(JSON.stringify({ query, variables }), to);
  return refusedCleanly(status, text);
}

/** Documents that cost much for their length, and what they are refused with. */
const EXPENSIVE: readonly (readonly [what: string, document: string, code: string])[] = [
  ['500 overlapping fields', `{ me { ${'id '.repeat(500)} } }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['500 overlapping objects', `{ ${'me { id } '.repeat(500)} }`, 'GRAPHQL_PARSE_FAILED'],
  ['a depth of 3,000', `${'{a'.repeat(3_000)}${'}'.repeat(3_000)}`, 'GRAPHQL_PARSE_FAILED'],
  ['a depth of 200', `{ ${'me { '.repeat(199)} id ${'} '.repeat(199)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['fragments that fan out', fanOut(40), 'GRAPHQL_VALIDATION_FAILED'],
  ['fragments that go in a circle', `${fanOut(20)} fragment f20 on Query { ...f0 }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['100 unknown directives', `{ me { id ${'@no '.repeat(100)} } }`, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'introspection that multiplies',
    `{ __type(name: "Error") { ${'possibleTypes { interfaces { '.repeat(8)} name ${'} } '.repeat(8)} } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
];

describe('expensive documents', () => {
  it.each(EXPENSIVE)('are refused before anything runs: %s', async (_, document, code) => {
    const { errors } = await refusalOf(document);
    expect(errors[0]?.extensions.code).toBe(code);
  });

  it.each(EXPENSIVE)('take no more of the event loop than a few introspections: %s', async (_, document) => {
    const plain = await leastCpuMs(() => post(JSON.stringify({ query: `${INTROSPECTION} # ${freshEmail()}` })));
    const hostile = await leastCpuMs(() => post(JSON.stringify({ query: document })));
    expect(hostile).toBeLessThan(5 * plain);
  });

  it('are refused unread when they have 100 kB', async () => {
    const { status, text } = await post(JSON.stringify({ query: `{ ${'me { id } '.repeat(10_000)} }` }));
    expect(status).toBe(413);
    refusedCleanly(status, text);
  });
});

describe('sign-ins in one document', () => {
  it.each([
    ['200 aliased', Array.from({ length: 200 }, (_, n) => `a${n}: ${LOGIN}`).join(' ')],
    ['20 aliased', Array.from({ length: 20 }, (_, n) => `a${n}: ${LOGIN}`).join(' ')],
    ['two', `a: ${LOGIN} b: ${LOGIN}`],
    [
      'a sign-up and another',
      `${LOGIN} signup(input: { email: "b@example.org", password: "x", name: "B" }) { __typename }`,
    ],
  ])('are refused before any hash: %s', async (_, fields) => {
    await refusalOf(`mutation { ${fields} }`);
    expect(await gateway.sql('select 1 from security_events where type like $1', ['%.failed'])).toEqual([]);
  });
});

describe('what the schema tells', () => {
  it('is a suggestion in development and none in production', async () => {
    const here = await refusalOf('{ mee { id } }');
    expect(here.errors[0]?.message).toBe('Cannot query field "mee" on type "Query". Did you mean "me"?');
    const there = await refusalOf('{ mee { id } }', {}, production);
    expect(there.errors[0]?.message).toBe('Cannot query field "mee" on type "Query".');
  });

  it.each([
    ['a type', '{ me { ... on Usr { id } } }', {}],
    ['an argument', '{ sessions(stats: ACTIVE) { id } }', {}],
    ['an enum value', '{ sessions(status: ACTIV) { id } }', {}],
    ['an input field', 'mutation { login(input: { emial: "a" }) { __typename } }', {}],
    ['an enum value in a variable', 'query ($s: SessionStatus!) { sessions(status: $s) { id } }', { s: 'ACTIV' }],
    [
      'an input field in a variable',
      'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
      { i: { emial: '' } },
    ],
  ])('is no suggestion in production for %s', async (_, document, variables) => {
    const { errors } = await refusalOf(document, variables, production);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
  });

  it('is everything in development, to Apollo Sandbox as well', async () => {
    const every = { specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, oneOf: true };
    for (const query of [INTROSPECTION, getIntrospectionQuery({ ...every, inputValueDeprecation: true })]) {
      const { status, data } = await gateway.gql(query);
      expect([status, data]).toEqual([200, expect.objectContaining({ __schema: expect.any(Object) })]);
    }
  });

  it('is nothing in production, unless the operator turns introspection on', async () => {
    await refusalOf(INTROSPECTION, {}, production);
    await refusalOf('{ __type(name: "User") { name } }', {}, production);
    const env = {
      NODE_ENV: 'production',
      FLUXGATE_PUBLIC_URL: 'https://auth.example.org',
      FLUXGATE_INTROSPECTION: 'on',
    };
    const open = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    const { status } = await open.gql(INTROSPECTION).finally(() => open.close());
    expect(status).toBe(200);
  });
});

describe('input that does not fit', () => {
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename ... on Error { code } } }';

  it.each([
    ['an operator', { $ne: 'hunter2' }],
    ['a list', ['hunter2; and more', 'hunter2']],
    ['a number', 12345678],
    ['null', null],
  ])('is refused without repeating the password: %s', async (_, password) => {
    const { errors } = await refusalOf(login, { input: { email: 'a@example.org', password } });
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(JSON.stringify(errors)).not.toMatch(/hunter2|1234567/);
  });

  it.each([
    ['a role', { roles: ['admin'] }],
    ['an id', { id: '0198c0de-0000-7000-8000-0000000000ff' }],
    ['a verified address', { emailVerified: true }],
    ['a prototype', { constructor: 1 }],
  ])('does not smuggle %s into sign-up', async (_, smuggled) => {
    const email = freshEmail();
    const input = { email, password: 'sturdy-otter-battery-9', name: 'A', ...smuggled };
    await refusalOf('mutation ($input: SignupInput!) { signup(input: $input) { __typename } }', { input });
    expect(await gateway.sql('select 1 from users where email = $1', [email])).toEqual([]);
  });

  it('does not make an administrator', async () => {
    const refused = await signUp(gateway, { userType: 'ADMIN' });
    expect(refused).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT' });
    expect(await gateway.sql(`select 1 from users where user_type = 'admin' or cardinality(roles) > 0`)).toEqual([]);
  });

  it.each([
    ['a null status', 'query ($s: SessionStatus) { sessions(status: $s) { id } }', { s: null }],
    ['a null input', 'mutation ($i: RefreshInput) { refresh(input: $i) { __typename } }', { i: null }],
    ['a null condition', 'query ($if: Boolean = true) { me @include(if: $if) { id } }', { if: null }],
    ['more mistakes than are listed', eventsOf('types: $x', '$x: [String!]'), { x: Array(200).fill(1) }],
    ['a subscription', 'subscription { securityEventAdded { id } }', {}],
    ['a subscription to nothing', 'subscription { __typename }', {}],
    ['a date before the year 1', eventsOf('since: $x', '$x: DateTime'), { x: '0000-01-01T00:00:00Z' }],
    ['a date that there is not', eventsOf('until: $x', '$x: DateTime'), { x: '2026-02-30T00:00:00Z' }],
  ])('is told as a mistake of the client: %s', async (_, query, variables) => {
    const { accessToken } = await signUp(gateway);
    const { status, errors } = await gateway.gql(query, variables, bearer(accessToken));
    expect(status).toBe(400);
    refusedCleanly(status, JSON.stringify({ errors }));
  });

  it('is a type of event that nothing has, with a NUL in it or without', async () => {
    const { accessToken } = await signUp(gateway);
    for (const x of [['\0'], ['\ud800'], ['constructor'], ['__proto__'], []]) {
      const { status, data } = await gateway.gql(eventsOf('types: $x', '$x: [String!]'), { x }, bearer(accessToken));
      expect([status, data]).toEqual([200, { securityEvents: { nodes: [] } }]);
    }
  });
});

function eventsOf(filter: string, variable: string): string {
  return `query (${variable}) { securityEvents(filter: { ${filter} }) { nodes { id } } }`;
}

/** 2^levels fields to one who would spread again what was spread before. */
function fanOut(levels: number): string {
  const spread = (level: number) => `fragment f${level} on Query { ...f${level + 1} ...f${level + 1} }`;
  return `{ ...f0 } ${Array.from({ length: levels }, (_, level) => spread(level)).join(' ')}`;
}

/** CPU time of this thread, which the gateway's event loop has too: the least of a few runs, others being disturbed. */
async function leastCpuMs(work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run += 1) {
    const before = process.threadCpuUsage();
    await work();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
