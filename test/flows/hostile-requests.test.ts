import { startGateway, type Gateway } from '../support/gateway.js';
import { rawOperation, sendRaw } from '../support/raw-http.js';
import { refusedCleanly } from '../support/refused-cleanly.js';
import { freshEmail, signUp } from '../support/sign-in.js';

const JSON_TYPE = 'application/json';
const TYPENAME = '{ __typename }';

type Body = NonNullable<RequestInit['body']>;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => gateway.close());

/** A sign-up that would succeed if anybody read it. */
function signupOf(email: string): string {
  const input = `{ email: "${email}", password: "sturdy-otter-battery-9", name: "A" }`;
  return `mutation { signup(input: ${input}) { __typename } }`;
}

async function expectNobody(email: string): Promise<void> {
  expect(await gateway.sql('select 1 from users where email = $1', [email])).toEqual([]);
}

async function post(body: Body, contentType?: string): Promise<{ status: number; text: string }> {
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

async function get(search: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}/graphql?${new URLSearchParams(search).toString()}`, { headers });
  return { status: response.status, text: await response.text() };
}

describe('a body', () => {
  const email = freshEmail();
  const operation = JSON.stringify({ query: signupOf(email) });
  const form = new FormData();
  form.set('operations', operation);

  it.each<readonly [what: string, body: Body, contentType: string | undefined]>([
    ['as plain text', operation, 'text/plain'],
    ['without a type', new Blob([operation]), undefined],
    ['as a form', new URLSearchParams({ query: signupOf(email) }), undefined],
    ['as a form that is JSON', operation, 'application/x-www-form-urlencoded'],
    ['as multipart', form, undefined],
    ['as a GraphQL document', signupOf(email), 'application/graphql'],
    ['with a type that is none', operation, ';;'],
    ['with two types', operation, 'application/json, text/plain'],
  ])('%s is refused with 415 and no effect', async (_, body, contentType) => {
    const { status, text } = await post(body, contentType);
    expect(status).toBe(415);
    refusedCleanly(status, text);
    await expectNobody(email);
  });

  it.each([
    ['nothing', ''],
    ['malformed', '{"query":"{__typename}"'],
    ['a list', '[]'],
    ['a batch', `[${operation},${operation}]`],
    ['null', 'null'],
    ['a number', '5'],
    ['a text', '"{__typename}"'],
    ['empty', '{}'],
    ['a query that is an object', '{"query":{"$ne":null}}'],
    ['a query that is a list', '{"query":["{__typename}"]}'],
    ['a lone NUL', '{"query":"\\u0000"}'],
    ['NUL bytes', '\0\0\0'],
    ['a lone surrogate', '{"query":"{ \\ud800 }"}'],
    ['a prototype', `{"__proto__":{"admin":true},"query":"${TYPENAME}"}`],
    ['a prototype in the variables', `{"query":"${TYPENAME}","variables":{"__proto__":{"admin":true}}}`],
    ['a prototype by constructor', `{"query":"${TYPENAME}","variables":{"constructor":{"prototype":{"a":1}}}}`],
    ['a field called like the prototype', '{"query":"{ __proto__ constructor }"}'],
    ['variables that are a list', `{"query":"${TYPENAME}","variables":[1]}`],
    ['variables that are a text', `{"query":"${TYPENAME}","variables":"{}"}`],
    ['an operation name that is an object', `{"query":"${TYPENAME}","operationName":{"$ne":null}}`],
    ['an operation that is not there', `{"query":"${TYPENAME}","operationName":"__proto__"}`],
    ['extensions that are a list', `{"query":"${TYPENAME}","extensions":[]}`],
    ['only fragments', '{"query":"fragment f on Query { __typename }"}'],
  ])('that is %s is refused with 400', async (_, body) => {
    const { status, text } = await post(body, JSON_TYPE);
    expect(status).toBe(400);
    refusedCleanly(status, text);
    await expectNobody(email);
    expect({}).not.toHaveProperty('admin');
  });

  it('that asks for a persisted query is told that there are none, in the words that clients know', async () => {
    const persistedQuery = {
      version: 1,
      sha256Hash: 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38',
    };
    const { text } = await post(JSON.stringify({ extensions: { persistedQuery } }), JSON_TYPE);
    expect(JSON.parse(text)).toHaveProperty('errors.0.extensions.code', 'PERSISTED_QUERY_NOT_SUPPORTED');
  });
});

describe('a GET', () => {
  const preflighted = { 'apollo-require-preflight': '1' };

  it('runs a query that a page of another site could not have sent', async () => {
    expect((await get({ query: TYPENAME }, preflighted)).status).toBe(200);
  });

  it('without the header that takes a preflight is refused', async () => {
    const { status, text } = await get({ query: TYPENAME });
    expect(status).toBe(400);
    expect(refusedCleanly(status, text).errors[0]?.message).toContain('Cross-Site Request Forgery');
  });

  it('runs no mutation', async () => {
    const email = freshEmail();
    const { status, text } = await get({ query: signupOf(email) }, preflighted);
    expect(status).toBe(405);
    refusedCleanly(status, text);
    await expectNobody(email);
  });

  it.each([
    ['variables that are not JSON', { query: TYPENAME, variables: '{' }],
    ['variables that are a list', { query: TYPENAME, variables: '[]' }],
    ['no query', { variables: '{}' }],
  ])('with %s is refused with 400', async (_, search) => {
    const { status, text } = await get(search, preflighted);
    expect(status).toBe(400);
    refusedCleanly(status, text);
  });

  it('is not led astray by a prototype in its search', async () => {
    const search = {
      query: TYPENAME,
      variables: '{"__proto__":{"admin":true}}',
      __proto__x: '1',
      'constructor[prototype]': '1',
    };
    expect((await get(search, preflighted)).status).toBe(200);
    expect({}).not.toHaveProperty('admin');
  });
});

describe('a request that no client would send', () => {
  it.each(['[', '[::1', '[::1]x', 'a b', '%', 'x:99999', ':80', ':@b', '256.1.1.1', '256.1.1.1:@b', ''])(
    'is refused with 400 when its Host is "%s"',
    async (host) => {
      const { status, body } = await sendRaw(gateway.url, rawOperation(TYPENAME, [`Host: ${host}`]));
      expect(status).toBe(400);
      refusedCleanly(status, body);
    },
  );

  it.each(['localhost', '[::1]:4000', '127.0.0.1:4000', 'auth.example.org'])(
    'is answered when its Host is %s',
    async (host) => {
      const { body } = await sendRaw(gateway.url, rawOperation(TYPENAME, [`Host: ${host}`]));
      expect(JSON.parse(body)).toEqual({ data: { __typename: 'Query' } });
    },
  );

  it.each(['X-Forwarded-Host: [', 'X-Forwarded-Host: 256.1.1.1', 'X-Forwarded-Proto: 1', 'X-Forwarded-Proto: :/'])(
    'is refused with 400 when a trusted proxy passes on %s',
    async (header) => {
      const { status, body } = await sendRaw(gateway.url, rawOperation(TYPENAME, ['Host: localhost', header]));
      expect(status).toBe(400);
      refusedCleanly(status, body);
    },
  );

  it.each(['__proto__=x', 'constructor.prototype=y', 'fluxgate_refresh=%zz; ; =; $Version=1', '=', ';', '\xff=\xff'])(
    'is anonymous, and answered, when its Cookie is %s',
    async (cookie) => {
      const document = '{ me { id } }';
      const { status, body } = await sendRaw(
        gateway.url,
        rawOperation(document, ['Host: localhost', `Cookie: ${cookie}`]),
      );
      expect([status, JSON.parse(body)]).toEqual([200, { data: { me: null } }]);
    },
  );

  it.each([
    ['a path that cannot be decoded', 'GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    [
      'two lengths',
      'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a header of 20 kB', `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is refused without repeating it: %s', async (_, bytes, expected) => {
    const { status, body } = await sendRaw(gateway.url, bytes);
    expect(status).toBe(expected);
    expect(body).not.toMatch(/%zz|hello|aaa|node_modules|\n\s+at /);
  });

  it('does not stop the gateway from answering others', async () => {
    expect((await signUp(gateway)).__typename).toBe('AuthPayload');
    expect(gateway.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
