import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authenticateByList } from '../../../auth/authenticate.js';
import { issueUpstreamToken } from '../../../auth/issue-upstream-token.js';
import type { Viewer } from '../../../auth/request-meta.js';
import { AuthError, isAuthError } from '../../../errors.js';
import type { Edge } from '../../edge/edge.js';
import { refusalOf } from '../../edge/errors.js';
import type { TransportSettings } from '../../edge/settings.js';
import type { OriginRules } from '../../edge/origin.js';
import { decideReturnTarget } from '../return-target.js';
import { continuePage } from './continue-page.js';
import { continueUrl } from './continue-url.js';
import { readForwardedRequest, type ForwardedRequest } from './forwarded-request.js';
import { hasRequiredRoles, readRequiredRoles } from './required-roles.js';

const PAGE_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Where a reverse proxy asks, before it lets a request through, whose it is. It costs no query, and it never refreshes:
 * the proxy would drop the cookies of the answer, and with them the session's next refresh token.
 *
 * The proxy asks with the client's headers and whatever method, so all of them are taken, and a body is left unread.
 */
export function verifyRoute(app: FastifyInstance, edge: Edge): void {
  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });

  app.route({
    method: app.supportedMethods,
    url: '/auth/verify',
    async handler(request, reply) {
      reply.header('cache-control', 'no-store');
      const forwarded = readForwardedRequest(request.method, request.headers);
      try {
        const viewer = await viewerOf(edge, request, forwarded);
        requireRoles(request, viewer);
        return await letThrough(edge, viewer, reply);
      } catch (error) {
        if (!forwarded.isDocument || !isAuthError(error) || error.code !== 'UNAUTHENTICATED') throw error;
        return sendToContinue(error, forwarded, edge.settings, reply);
      }
    },
  });
}

/** An Authorization header speaks alone; without one, the access cookie does. */
async function viewerOf(
  { deps, cookies, origins }: Edge,
  request: FastifyRequest,
  forwarded: ForwardedRequest,
): Promise<Viewer> {
  const { authorization } = request.headers;
  const cookie = authorization === undefined ? cookies.read(request, 'access') : null;
  const viewer = await authenticateByList(deps, cookie === null ? authorization : `Bearer ${cookie}`);
  if (!viewer) throw new AuthError('UNAUTHENTICATED', { why: 'Sign in first.', presented: false });
  if (cookie !== null && forwarded.mayChange && !isOfOwnPage(origins, request, forwarded))
    throw new AuthError('FORBIDDEN', { why: 'Cookies are not accepted from pages of this origin.' });
  return viewer;
}

/** A page's own requests, those of our pages, and those of the origins that the operator lists. */
function isOfOwnPage(origins: OriginRules, request: FastifyRequest, { origin }: ForwardedRequest): boolean {
  const sentFrom = request.headers.origin;
  const fromItself = request.headers['sec-fetch-site'] === 'same-origin' || (origin !== null && sentFrom === origin);
  return fromItself || origins.mayUseCookies(request);
}

function requireRoles(request: FastifyRequest, { roles }: Viewer): void {
  const required = readRequiredRoles((request.query as { roles?: unknown }).roles);
  if (!hasRequiredRoles(required, roles))
    throw new AuthError('FORBIDDEN', { why: 'This needs a role that the account does not have.' });
}

/** Every header is always there, so that a proxy which copies them overwrites whatever a client sent. */
async function letThrough({ deps }: Edge, viewer: Viewer, reply: FastifyReply): Promise<FastifyReply> {
  return reply
    .header('x-fluxgate-user', viewer.userId)
    .header('x-fluxgate-session', viewer.sessionId)
    .header('x-fluxgate-roles', viewer.roles.join(','))
    .header('x-fluxgate-token', (await issueUpstreamToken(deps, viewer)) ?? '')
    .send();
}

/** Proxies that hand this answer on show its page, which goes on by itself; the others redirect by its header. */
function sendToContinue(
  error: AuthError,
  { url }: ForwardedRequest,
  settings: TransportSettings,
  reply: FastifyReply,
): FastifyReply {
  const { httpStatus, headers } = refusalOf(error);
  const continueAt = continueUrl(settings.publicUrl, url === null ? null : decideReturnTarget(url, settings));
  return reply
    .code(httpStatus)
    .headers({ ...headers, 'x-fluxgate-continue': continueAt, 'content-security-policy': PAGE_POLICY })
    .type('text/html; charset=utf-8')
    .send(continuePage(continueAt));
}
