import { setCookies } from './set-cookies.js';

/** Where a navigation stopped. */
export interface Stop {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Navigator {
  /** Cookies by origin, then by name. */
  readonly cookies: Map<string, Map<string, string>>;
  /** Goes to an address and follows redirects, up to the first that leads to `before`. */
  go(url: string, before?: string): Promise<Stop>;
}

const MAX_REDIRECTS = 20;

/** A browser that has no pages: it keeps cookies and follows redirects. */
export function openNavigator(): Navigator {
  const cookies = new Map<string, Map<string, string>>();
  const jarOf = (origin: string) => cookies.get(origin) ?? cookies.set(origin, new Map()).get(origin)!;

  return {
    cookies,
    async go(url, before) {
      let next = url;
      for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
        const jar = jarOf(new URL(next).origin);
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(next, { redirect: 'manual', headers: cookie ? { cookie } : {} });
        for (const [name, { value }] of setCookies(response)) {
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        const { status, headers } = response;
        const location = headers.get('location');
        const target = location === null ? null : new URL(location, next).href;
        if (target === null || (before !== undefined && target.startsWith(before)))
          return { url: target ?? next, status, headers, body: await response.text() };
        next = target;
      }
      throw new Error(`still redirected after ${MAX_REDIRECTS} times: ${next}`);
    },
  };
}
