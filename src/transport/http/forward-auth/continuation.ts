/** What a navigation to /auth/continue tells. */
export interface Arrival {
  /** Whether it carries a refresh cookie, and only one. */
  readonly hasRefreshCookie: boolean;
  /** Sec-Fetch-Site, where the browser sends it. */
  readonly site: string | undefined;
  /** Whether a page of ours started it. */
  readonly again: boolean;
}

/**
 * Decides how somebody goes on whose access token was refused. Pure.
 *
 * - `refresh`  the cookie is there.
 * - `again`    it may be withheld: browsers send SameSite=Strict cookies with no navigation that another site started,
 *              redirects included (RFC 6265bis §5.2.1). The same navigation, started by a page of ours, carries it.
 * - `sign-in`  it would have been sent: there is none.
 */
export function decideContinuation({ hasRefreshCookie, site, again }: Arrival): 'refresh' | 'again' | 'sign-in' {
  if (hasRefreshCookie) return 'refresh';
  const fromHere = site === 'same-origin' || site === 'same-site' || site === 'none';
  return again || fromHere ? 'sign-in' : 'again';
}
