import { decideReturnTarget } from '../../src/transport/http/return-target.js';

const OWN = 'https://auth.example.com';
const settings = {
  publicUrl: OWN,
  corsOrigins: ['https://app.example.com'],
  returnOrigins: ['http://localhost:3000'],
};

describe('a return target is taken', () => {
  it.each([
    ['/', `${OWN}/`],
    ['/account', `${OWN}/account`],
    ['/account?tab=sessions#current', `${OWN}/account?tab=sessions#current`],
    ['/a/../account', `${OWN}/account`],
    ['/search?q=https://elsewhere.example//x', `${OWN}/search?q=https://elsewhere.example//x`],
    ['/a//b', `${OWN}/a//b`],
    [OWN, `${OWN}/`],
    [`${OWN}/account`, `${OWN}/account`],
    ['https://app.example.com', 'https://app.example.com/'],
    ['https://app.example.com/in?x=1', 'https://app.example.com/in?x=1'],
    ['http://localhost:3000/', 'http://localhost:3000/'],
  ])('%j becomes %s', (target, url) => {
    expect(decideReturnTarget(target, settings)).toBe(url);
  });
});

describe('34. a return target is refused', () => {
  it.each([
    // Another host that looks like a path.
    '//e',
    '///e',
    '/\\e',
    '\\\\e',
    '\\/e',
    '/%2fe',
    '/%2Fe',
    '/%5ce',
    '%2f%2fe',
    '%2Fe',
    '/.//e',
    '/a/..//e',
    '/%2e//e',
    '/%2e%2e/%2fe',
    '/\t/e',
    '\t/e',
    '/\n/e',
    '/\r\nSet-Cookie: a=b',
    ' /account',
    '/account ',
    '/acc\u0000ount',
    '/caf\u00e9',
    '/\u2215e',
    // Another origin that looks like one of ours.
    'https:e',
    'https:/e',
    'https:auth.example.com',
    'https:/auth.example.com/',
    'https:///auth.example.com/',
    'https://e/',
    'https://auth.example.com@e/',
    'https://auth.example.com:x@e/',
    'https://auth.example.com.e/',
    'https://auth.example.com\\@e/',
    'https://auth.example.com\\.e/',
    'https://auth.example.com%2f@e/',
    'https://e#https://auth.example.com/',
    'https://e?https://auth.example.com/',
    'https://e/https://auth.example.com/',
    'https://user@auth.example.com/',
    'https://auth.example.com:444/',
    'https://auth.example.com:443/',
    'https://auth.example.com?x',
    'https://AUTH.example.com/',
    'https://auth.example.com//e',
    'http://auth.example.com/',
    'https://example.com/',
    'https://app.example.com.e/',
    'http://localhost:30001/',
    'http://localhost/',
    'auth.example.com/account',
    'account',
    '?x',
    '#x',
    '',
    // Not a page.
    'javascript:alert(1)',
    'javascript://auth.example.com/%0aalert(1)',
    'java\tscript:alert(1)',
    'data:text/html,x',
    'blob:https://auth.example.com/x',
    'ftp://auth.example.com/',
  ])('%j', (target) => {
    expect(decideReturnTarget(target, settings)).toBeNull();
  });

  it('that is longer than a cookie has room for', () => {
    expect(decideReturnTarget(`/${'a'.repeat(1023)}`, settings)).not.toBeNull();
    expect(decideReturnTarget(`/${'a'.repeat(1024)}`, settings)).toBeNull();
  });
});
