import { decideContinuation } from '../../src/transport/http/forward-auth/continuation.js';

describe('somebody whose access token was refused', () => {
  it.each([
    // cookie, Sec-Fetch-Site, again -> decision
    [true, 'none', false, 'refresh'],
    [true, 'cross-site', false, 'refresh'], // as SameSite=none sends it
    [true, undefined, false, 'refresh'],
    [true, 'same-origin', true, 'refresh'],
    [false, 'cross-site', false, 'again'],
    [false, undefined, false, 'again'],
    [false, 'something new', false, 'again'],
    [false, 'cross-site', true, 'sign-in'],
    [false, undefined, true, 'sign-in'],
    [false, 'none', false, 'sign-in'],
    [false, 'same-origin', false, 'sign-in'],
    [false, 'same-site', false, 'sign-in'],
  ] as const)(
    'with a refresh cookie: %s, from %s, again: %s, goes on to %s',
    (hasRefreshCookie, site, again, decision) => {
      expect(decideContinuation({ hasRefreshCookie, site, again })).toBe(decision);
    },
  );
});
