import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  beginBrowserLogin,
  BROWSER_LOGIN_SECONDS,
  finishBrowserLogin,
  isState,
  readBrowserLogin,
} from '../../auth/browser-login.js';
import { isAuthError } from '../../errors.js';
import type { Edge } from '../edge/edge.js';
import { isOutage, OUTAGE } from '../edge/errors.js';
import { readRequest } from '../edge/request.js';
import { answerNotFound } from './errors.js';
import { ACCOUNT_PATH, signInUrl } from './forward-auth/continue-url.js';
import { decideReturnTarget } from './return-target.js';

/** Each is half a kilobyte in every request. A browser that has begun more has given most of them up. */
const MAX_BEGUN_LOGINS = 4;

type Request = FastifyRequest<{ Params: { provider: string }; Querystring: Record<string, unknown> }>;

/**
 * Signing in with a provider in a browser (OAuth 2.0 Security BCP, RFC 9700 §2.1): the code flow with PKCE, state and
 * nonce. What is wrong once the way back is known is told there, as `error` in its query, or at our account page where it
 * was begun there; before that, on a page of ours.
 */
export function providerLoginRoutes(app: FastifyInstance, edge: Edge): void {
  const { deps, settings, cookies } = edge;
  const refusedTo = (login: { readonly returnTo: string; readonly fromAccountPage: boolean }) =>
    login.fromAccountPage ? signInUrl(settings.publicUrl, login.returnTo) : login.returnTo;

  app.get('/auth/:provider/start', { exposeHeadRoute: false }, async (request: Request, reply) => {
    const { provider } = request.params;
    if (!deps.providers.names.includes(provider)) return answerNotFound(request, reply);
    const wanted = request.query['return_to'] ?? (settings.accountPage ? ACCOUNT_PATH : null);
    const returnTo = typeof wanted === 'string' ? decideReturnTarget(wanted, settings) : null;
    if (returnTo === null) return refuse(reply, 'The address to return to is not one of this service.');

    const fromAccountPage = settings.accountPage && request.query['from'] === 'account';
    return orReturn(request, reply, refusedTo({ returnTo, fromAccountPage }), async () => {
      const refreshCookie = cookies.read(request, 'refresh');
      const { url, state, sealed } = await beginBrowserLogin(deps, {
        provider,
        returnTo,
        fromAccountPage,
        refreshCookie,
      });
      const begun = cookies.begunLogins(request).filter(isState);
      if (begun.length >= MAX_BEGUN_LOGINS) for (const other of begun) cookies.clearLogin(reply, other);
      cookies.setLogin(reply, state, sealed, BROWSER_LOGIN_SECONDS);
      return url;
    });
  });

  app.get('/auth/:provider/callback', { exposeHeadRoute: false }, async (request: Request, reply) => {
    const { provider } = request.params;
    const { state } = request.query;
    const sealed = typeof state === 'string' && isState(state) ? cookies.readLogin(request, state) : null;
    if (typeof state !== 'string' || sealed === null) return refuse(reply, NOT_BEGUN_HERE);
    cookies.clearLogin(reply, state);
    const login = await readBrowserLogin(deps, sealed, { provider, state });
    if (!login || !deps.providers.names.includes(provider)) return refuse(reply, NOT_BEGUN_HERE);

    return orReturn(request, reply, refusedTo(login), async () => {
      const requestDeps = edge.beginRequest()(edge.limitsOf(request));
      const query = request.url.slice(request.url.indexOf('?') + 1);
      cookies.set(reply, await finishBrowserLogin(requestDeps, readRequest(request, cookies), login, query));
      return login.returnTo;
    });
  });
}

/** Sends the browser to where `work` says, or back with the code of what was refused. */
async function orReturn(
  request: Request,
  reply: FastifyReply,
  returnTo: string,
  work: () => Promise<string>,
): Promise<FastifyReply> {
  try {
    return reply.redirect(await work(), 303);
  } catch (error) {
    const refused = isAuthError(error) ? error : isOutage(error) ? OUTAGE : null;
    if (!refused) request.log.error({ err: error }, 'a sign-in with a provider failed');
    const target = new URL(returnTo);
    target.searchParams.set('error', refused?.code ?? 'INTERNAL');
    return reply.redirect(target.href, 303);
  }
}

const NOT_BEGUN_HERE = 'This sign-in was not begun in this browser, or more than ten minutes ago. Start it again.';

/** A page for people, with nothing of the request in it. */
function refuse(reply: FastifyReply, sentence: string): FastifyReply {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Sign-in failed</title><h1>Sign-in failed</h1><p>${sentence}</p></html>`;
  return reply.code(400).type('text/html; charset=utf-8').send(page);
}
