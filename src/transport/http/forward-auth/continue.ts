import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refresh } from '../../../auth/refresh.js';
import { AuthError, isAuthError } from '../../../errors.js';
import type { Cookies } from '../../edge/cookies.js';
import type { Edge } from '../../edge/edge.js';
import { endsTheSession } from '../../edge/errors.js';
import { readRequest } from '../../edge/request.js';
import type { TransportSettings } from '../../edge/settings.js';
import { readReturnTarget, refusedTarget } from '../read-return-target.js';
import { decideContinuation } from './continuation.js';
import { continuePage } from './continue-page.js';
import { CONTINUE_PATH, continueUrl, signInUrl } from './continue-url.js';

/**
 * Where a browser goes whose access token was refused at another address: it is refreshed here, on our own origin, which
 * alone gets the refresh cookie, and goes back. Any site may send a browser here; all that it brings about is a refresh.
 */
export function continueRoute(app: FastifyInstance, edge: Edge): void {
  const { settings, cookies } = edge;
  app.get(CONTINUE_PATH, { exposeHeadRoute: false }, async (request, reply) => {
    requireNavigation(request);
    const target = readReturnTarget(request.query, settings);
    if (target === null && !settings.accountPage) throw refusedTarget('return_to is required.');
    if (target !== null) requireAccessCookieAt(target, settings);
    const meta = readRequest(request, cookies);
    const { refreshCookie } = meta;

    const onceMore = () =>
      reply.type('text/html; charset=utf-8').send(continuePage(continueUrl(settings.publicUrl, target, true)));
    const signIn = () => {
      if (settings.accountPage) return reply.redirect(signInUrl(settings.publicUrl, target), 303);
      throw new AuthError('UNAUTHENTICATED', { why: 'Sign in first.', presented: refreshCookie !== null });
    };
    const arrival = {
      hasRefreshCookie: refreshCookie !== null,
      site: request.headers['sec-fetch-site'],
      again: (request.query as { again?: unknown }).again === '1',
    };
    const decision = decideContinuation(arrival);
    if (decision === 'again') return onceMore();
    if (decision === 'sign-in' || refreshCookie === null) return signIn();

    try {
      const refreshed = await refresh(edge.beginRequest()(edge.limitsOf(request)), meta, refreshCookie);
      return goBack(reply, cookies, refreshed, target ?? signInUrl(settings.publicUrl, null));
    } catch (error) {
      if (endsTheSession(error)) cookies.clear(reply);
      // Another tab was faster by two refreshes: by now the browser holds the newest token.
      else if (isStale(error) && !arrival.again) return onceMore();
      else if (!isStale(error)) throw error;
      return signIn();
    }
  });
}

function goBack(
  reply: FastifyReply,
  cookies: Cookies,
  tokens: { readonly accessToken: string; readonly refreshToken: string },
  target: string,
): FastifyReply {
  cookies.set(reply, tokens);
  return reply.redirect(target, 303);
}

function isStale(error: unknown): boolean {
  return isAuthError(error) && error.code === 'STALE_REFRESH_TOKEN';
}

/** Not for what a page loads or fetches: it would take the cookies of the answer from the page's own refresh. */
function requireNavigation({ headers }: FastifyRequest): void {
  const destination = headers['sec-fetch-dest'];
  if (destination !== undefined && destination !== 'document')
    throw new AuthError('FORBIDDEN', { why: 'This address is for a browser to navigate to.' });
}

/** @throws AuthError INVALID_INPUT for a target that a browser would come back from at once. */
function requireAccessCookieAt(target: string, settings: TransportSettings): void {
  if (!getsTheAccessCookie(new URL(target), settings))
    throw refusedTarget(
      'return_to is an address that does not get the access cookie: FLUXGATE_COOKIE_DOMAIN shares it.',
    );
}

/** Cookies know hosts and domains, and no ports. */
function getsTheAccessCookie({ hostname }: URL, { publicUrl, cookieDomain }: TransportSettings): boolean {
  if (cookieDomain === null) return hostname === new URL(publicUrl).hostname;
  return hostname === cookieDomain || hostname.endsWith(`.${cookieDomain}`);
}
