import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TransportSettings } from './settings.js';

const DEVICE_COOKIE_SECONDS = 400 * 86_400; // what browsers keep at most (RFC 6265bis §5.5)

export interface SignInCookies {
  readonly refreshToken: string;
  readonly accessToken: string;
  readonly deviceCookie?: string | null;
}

/**
 * The cookies of a browser session: the refresh token (HttpOnly, SameSite=Strict; authenticates refresh and revoke
 * only), the access token and the signed device (HttpOnly, Lax). `__Host-` binds them to this host and to https
 * (RFC 6265bis §4.1.3.2); shared with a domain, the latter two are `__Secure-`. On a plain-http public URL, which is a
 * development machine, names lose the prefix that browsers would refuse there.
 */
export function createCookies({ publicUrl, cookieDomain, cookieSameSite, ...lifetimes }: TransportSettings) {
  const secure = publicUrl.startsWith('https:');
  const host = secure ? '__Host-' : '';
  const shared = cookieDomain === null ? host : '__Secure-';
  const names = {
    refresh: `${host}fluxgate_refresh`,
    access: `${shared}fluxgate_access`,
    device: `${shared}fluxgate_device`,
  } as const;

  /** Lax: the provider sends the browser back from another site. */
  const ofThisHost: CookieSerializeOptions = { path: '/', httpOnly: true, secure, sameSite: 'lax' };
  const login = `${host}fluxgate_login_`;
  const crossSite = cookieSameSite === 'none';
  const strict: CookieSerializeOptions = { path: '/', httpOnly: true, secure, sameSite: crossSite ? 'none' : 'strict' };
  const lax: CookieSerializeOptions = {
    ...strict,
    sameSite: crossSite ? 'none' : 'lax',
    ...(cookieDomain === null ? {} : { domain: cookieDomain }),
  };

  return {
    /** null where the cookie is absent or sent more than once: which of two is ours cannot be known. */
    read(request: FastifyRequest, name: keyof typeof names): string | null {
      return readOnce(request.headers.cookie, names[name]);
    },

    set(reply: FastifyReply, cookies: SignInCookies): void {
      reply.setCookie(names.refresh, cookies.refreshToken, { ...strict, maxAge: lifetimes.refreshIdleTtlSeconds });
      reply.setCookie(names.access, cookies.accessToken, { ...lax, maxAge: lifetimes.accessTtlSeconds });
      if (typeof cookies.deviceCookie === 'string')
        reply.setCookie(names.device, cookies.deviceCookie, { ...lax, maxAge: DEVICE_COOKIE_SECONDS });
    },

    /** Sign-ins with a provider that the browser has begun, by their state, which is part of the name. */
    begunLogins(request: FastifyRequest): string[] {
      return namesIn(request.headers.cookie).flatMap((name) =>
        name.startsWith(login) ? [name.slice(login.length)] : [],
      );
    },

    readLogin(request: FastifyRequest, state: string): string | null {
      return readOnce(request.headers.cookie, `${login}${state}`);
    },

    setLogin(reply: FastifyReply, state: string, sealed: string, maxAge: number): void {
      reply.setCookie(`${login}${state}`, sealed, { ...ofThisHost, maxAge });
    },

    clearLogin(reply: FastifyReply, state: string): void {
      reply.clearCookie(`${login}${state}`, ofThisHost);
    },

    /** Signs the browser out. The device stays known. */
    clear(reply: FastifyReply): void {
      reply.clearCookie(names.refresh, strict);
      reply.clearCookie(names.access, lax);
    },
  };
}

export type Cookies = ReturnType<typeof createCookies>;

function namesIn(header = ''): string[] {
  return [...new Set(header.split(';').map((pair) => pair.trim().split('=', 1)[0] ?? ''))];
}

/**
 * What stands between two cookies is one space. A name that begins with white space is another one, which a sister host
 * could have set without minding the prefix.
 */
function readOnce(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  const values = header
    .split(/; ?/)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? (values[0] ?? null) : null;
}
