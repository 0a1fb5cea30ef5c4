import { isAuthError } from '../../src/errors.js';
import { readForwardedRequest } from '../../src/transport/http/forward-auth/forwarded-request.js';
import { hasRequiredRoles, readRequiredRoles } from '../../src/transport/http/forward-auth/required-roles.js';

const PAGE = {
  'x-forwarded-method': 'GET',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'app.example.com',
  'x-forwarded-uri': '/reports?year=2026&q=%2F',
};

/** The path of the first issue of a refusal; anything else fails. */
function refusedIn(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (isAuthError(error) && error.code === 'INVALID_INPUT') return error.facts.issues[0]?.path[0];
    throw error;
  }
  throw new Error('it was taken');
}

describe('what a proxy tells of a request', () => {
  it('is whether it may change something, its origin and its whole address', () => {
    expect(readForwardedRequest('POST', PAGE)).toEqual({
      mayChange: false,
      origin: 'https://app.example.com',
      url: 'https://app.example.com/reports?year=2026&q=%2F',
      isDocument: false,
    });
  });

  it('may be nothing', () => {
    expect(readForwardedRequest('POST', {})).toEqual({ mayChange: true, origin: null, url: null, isDocument: false });
  });

  it.each([
    [{ 'x-forwarded-proto': 'wss' }, 'https://app.example.com'],
    [{ 'x-forwarded-proto': 'ws', 'x-forwarded-host': 'APP.example.com:80' }, 'http://app.example.com'],
    [{ 'x-forwarded-host': '[::1]:8443' }, 'https://[::1]:8443'],
    [{ 'x-forwarded-host': '' }, null],
    [{ 'x-forwarded-proto': undefined }, null],
  ])('names an origin as browsers write it: %j', (headers, origin) => {
    expect(readForwardedRequest('GET', { ...PAGE, ...headers }).origin).toBe(origin);
  });

  it.each([
    ['x-forwarded-method', 'GET, POST'],
    ['x-forwarded-method', 'GET /'],
    ['x-forwarded-method', 'x'.repeat(33)],
    ['x-forwarded-proto', 'https, http'],
    ['x-forwarded-proto', 'javascript'],
    ['x-forwarded-host', 'a.example, b.example'],
    ['x-forwarded-host', 'user@app.example.com'],
    ['x-forwarded-host', 'app.example.com/path'],
    ['x-forwarded-host', 'app.example.com?'],
    ['x-forwarded-host', 'app.example.com#'],
    ['x-forwarded-host', 'app.example.com:99999'],
    ['x-forwarded-host', '['],
    ['x-forwarded-uri', 'https://elsewhere.example/'],
    ['x-forwarded-uri', '*'],
  ])('is refused where it is no such value: %s: %s', (name, value) => {
    expect(refusedIn(() => readForwardedRequest('GET', { ...PAGE, [name]: value }))).toBe(name);
  });
});

describe('a request may change something', () => {
  it.each([
    ['GET', {}, false],
    ['HEAD', {}, false],
    ['OPTIONS', {}, false],
    ['TRACE', {}, false],
    ['POST', {}, true],
    ['get', {}, true],
    ['PROPFIND', {}, true],
    ['CONNECT', {}, true],
    ['GET', { upgrade: 'websocket' }, true],
    ['GET', { upgrade: 'h2c, WebSocket' }, true],
    ['GET', { upgrade: 'h2c' }, false],
    ['GET', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }, true],
    ['GET', { 'sec-websocket-version': '13' }, true],
    ['GET', { 'sec-fetch-mode': 'websocket' }, true],
    ['GET', { 'x-forwarded-proto': 'wss' }, true],
    ['GET', { 'x-forwarded-proto': 'WS' }, true],
  ])('%s with %j: %s', (method, headers, mayChange) => {
    expect(readForwardedRequest(method, headers).mayChange).toBe(mayChange);
  });
});

describe('a person waits for a page', () => {
  it.each([
    ['GET', { 'sec-fetch-dest': 'document' }, true],
    ['HEAD', { 'sec-fetch-dest': 'document' }, true],
    ['GET', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, true],
    ['GET', { accept: 'application/json' }, false],
    ['GET', {}, false],
    ['GET', { 'sec-fetch-dest': 'empty', accept: 'text/html' }, false],
    ['GET', { 'sec-fetch-dest': 'iframe', accept: 'text/html' }, false],
    ['POST', { 'sec-fetch-dest': 'document' }, false],
  ])('%s with %j: %s', (method, headers, isDocument) => {
    expect(readForwardedRequest(method, headers).isDocument).toBe(isDocument);
  });
});

describe('required roles', () => {
  it.each([
    [undefined, [], true],
    ['staff', ['staff'], true],
    ['staff', ['user'], false],
    ['staff', [], false],
    ['staff,admin', ['admin'], true],
    [['staff', 'admin'], ['admin'], false],
    [['staff', 'admin'], ['admin', 'staff'], true],
    [['staff,admin', 'eu'], ['admin', 'eu'], true],
    [['staff,admin', 'eu'], ['admin', 'staff'], false],
  ])('%j of somebody with %j: %s', (query, held, expected) => {
    expect(hasRequiredRoles(readRequiredRoles(query), held)).toBe(expected);
  });

  it.each([[''], ['staff,'], ['Staff'], ['a b'], [['staff', '']], [{ roles: 'staff' }], ['x'.repeat(33)]])(
    'are refused where nobody could have them: %j',
    (query) => {
      expect(refusedIn(() => readRequiredRoles(query))).toBe('roles');
    },
  );
});
