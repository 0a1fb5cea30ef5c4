import { randomUUID } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import fastifyCors from '@fastify/cors';
import fastify, { LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import { AuthError } from '../errors.js';
import type { Edge } from './edge/edge.js';
import { readForwardedAddresses, tellUntrustedProxy } from './edge/forwarded-for.js';
import { RATE_LIMIT_HEADERS, tellRateLimits } from './edge/rate-limit-headers.js';
import { securityHeaders } from './edge/security-headers.js';
import { graphqlRoutes } from './graphql/routes.js';
import { accountRoutes } from './http/account/routes.js';
import { boundConnections } from './http/bound-connections.js';
import { drainConnections } from './http/drain.js';
import { answerError, answerNotFound } from './http/errors.js';
import { explorerRoutes } from './http/explorer/routes.js';
import { continueRoute } from './http/forward-auth/continue.js';
import { verifyRoute } from './http/forward-auth/verify.js';
import { readJsonOnly } from './http/json-body.js';
import { providerLoginRoutes } from './http/provider-login.js';
import { restRoutes } from './http/rest/routes.js';
import { wellKnownRoutes } from './http/well-known.js';

const MAX_BODY_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000; // longer than the load balancers' 60 s, so that they close first
const PREFLIGHT_MAX_AGE_SECONDS = 600;

export interface Server {
  readonly fastify: FastifyInstance;
  /** Answers what is in flight, refuses what is new, then stops. */
  close(): Promise<void>;
}

/** Every protocol on one HTTP server, in the order in which a request meets them. Nothing else knows them all. */
export async function createServer(edge: Edge, log: FastifyBaseLogger): Promise<Server> {
  const { trustedProxies } = edge.settings;
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // what still comes is answered
    routerOptions: { maxParamLength: 100 },
    ajv: { customOptions: { allErrors: true, coerceTypes: false } }, // all that is wrong at once, and no 7 for a '7'
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  readJsonOnly(app);
  app.setErrorHandler(answerError);

  if (trustedProxies.length > 0) readForwardedAddresses(app);
  tellUntrustedProxy(app);
  drainConnections(app);
  boundConnections(app);
  refuseTwoHosts(app);
  app.decorateRequest('operations', '');
  app.decorateRequest('spent', null);
  edge.observer.attach(app);

  // Asked before every request that a proxy lets through, so without what only browsers and people need.
  await app.register((forwardAuth, _options, done) => {
    verifyRoute(forwardAuth, edge);
    done();
  });
  await app.register(async (clients) => {
    clients.setNotFoundHandler(answerNotFound);
    await commonHeaders(clients, edge);
    refuseBeforeRouting(clients, edge);
    tellRateLimits(clients);
    logEachRequest(clients);
    wellKnownRoutes(clients, edge);
    restRoutes(clients, edge);
    providerLoginRoutes(clients, edge);
    continueRoute(clients, edge);
    await graphqlRoutes(clients, edge);
    explorerRoutes(clients, edge);
    accountRoutes(clients, edge);
  });

  return { fastify: app, close: () => app.close() };
}

async function commonHeaders(app: FastifyInstance, { settings }: Edge): Promise<void> {
  const same = { 'cache-control': 'no-store', ...securityHeaders(settings) };
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(same).header('x-request-id', request.id);
    done();
  });
  await app.register(fastifyCors, {
    origin: [...settings.corsOrigins],
    credentials: true,
    methods: ['GET', 'POST', 'DELETE'],
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
    exposedHeaders: [...RATE_LIMIT_HEADERS, 'retry-after', 'www-authenticate', 'x-request-id'],
  });
  await app.register(fastifyCookie);
}

/** RFC 9112 §3.2: whoever stands before us may have decided by the other one. Node keeps the first. */
function refuseTwoHosts(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { rawHeaders } = request.raw;
    let hosts = 0;
    for (let at = 0; at < rawHeaders.length; at += 2)
      if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
    if (hosts > 1) return answerError(unreadable(), request, reply);
    return done();
  });
}

function unreadable(): FastifyError {
  return Object.assign(new Error(), { statusCode: 400, code: '', name: '' });
}

function refuseBeforeRouting(app: FastifyInstance, { cookies, origins }: Edge): void {
  let readable = ''; // the last one that was: nearly every request names the same
  app.addHook('onRequest', (request, reply, done) => {
    // As they are read further in, where a trusted proxy may have named another scheme and host.
    const { protocol, host } = request;
    const named = `${protocol}://${host}/`;
    if (named !== readable) {
      if (!URL.canParse(named) || !URL.canParse(`${protocol}://${request.hostname}/`))
        return answerError(unreadable(), request, reply);
      readable = named;
    }
    const carriesSession = cookies.read(request, 'refresh') !== null || cookies.read(request, 'access') !== null;
    if (request.method !== 'GET' && carriesSession && !origins.mayUseCookies(request))
      return done(new AuthError('FORBIDDEN', { why: 'Cookies are not accepted from pages of this origin.' }));
    return done();
  });
}

/** One line a request, for operators: no query string, no body, no header. */
function logEachRequest(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    request.log.info(
      {
        method: request.method,
        path: request.url.split('?', 1)[0],
        operations: request.operations || undefined,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
    done();
  });
}
