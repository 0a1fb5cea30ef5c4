import { randomUUID } from 'node:crypto';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import fastifyCookie from '@fastify/cookie';
import fastifyCors from '@fastify/cors';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Limits, RateLimiters } from '../../auth/deps.js';
import { AuthError } from '../../errors.js';
import { createGraphqlContext, type EdgeDeps } from '../graphql/context.js';
import { createGraphqlDoor } from '../graphql/guards.js';
import { createGraphqlServer } from '../graphql/server.js';
import type { TransportSettings } from '../settings.js';
import { sandboxPolicy } from './content-security-policy.js';
import { createCookies, type Cookies } from './cookies.js';
import { answerError, answerNotFound } from './errors.js';
import { explorerRoutes } from './explorer/routes.js';
import { readJsonOnly } from './json-body.js';
import { createOriginRules, type OriginRules } from './origin.js';
import { restRoutes } from './rest/routes.js';
import { securityHeaders, withPolicy } from './security-headers.js';
import { wellKnownRoutes } from './well-known.js';

const MAX_BODY_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000; // longer than the load balancers' 60 s, so that they close first
const PREFLIGHT_MAX_AGE_SECONDS = 600;

export interface HttpServer {
  readonly fastify: FastifyInstance;
  /** Answers what is in flight, refuses what is new, then stops. */
  close(): Promise<void>;
}

/** Every door, in the order in which a request meets it. */
export async function createHttpServer(
  settings: TransportSettings,
  deps: EdgeDeps,
  limiters: RateLimiters,
  limits: Limits,
  log: FastifyBaseLogger,
): Promise<HttpServer> {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  readJsonOnly(app);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerNotFound);

  const cookies = createCookies(settings);
  await commonHeaders(app, settings);
  const origins = createOriginRules(settings);
  refuseBeforeRouting(app, origins, cookies);
  logEachRequest(app);

  let draining = false;
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) reply.header('connection', 'close'); // kept alive, it would hold up the end by KEEP_ALIVE_TIMEOUT_MS
    done(null, payload);
  });
  wellKnownRoutes(app, deps, () => draining);
  restRoutes(app, deps, limits, cookies);
  const apollo = await createGraphqlServer(settings, log);
  const door = createGraphqlDoor(limiters);
  const handler = fastifyApolloHandler(apollo, {
    context: (request, reply) => Promise.resolve(createGraphqlContext(deps, door, cookies, origins, request, reply)),
  });
  app.post('/graphql', handler);
  app.get('/graphql', settings.sandbox ? withPolicy(sandboxPolicy) : {}, handler);
  if (settings.sandbox) app.get('/', (_request, reply) => reply.redirect('/graphql'));
  explorerRoutes(app, settings);

  return {
    fastify: app,
    async close() {
      draining = true;
      await app.close();
      await apollo.stop();
    },
  };
}

async function commonHeaders(app: FastifyInstance, settings: TransportSettings): Promise<void> {
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
    exposedHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
  });
  await app.register(fastifyCookie);
}

function refuseBeforeRouting(app: FastifyInstance, origins: OriginRules, cookies: Cookies): void {
  app.addHook('onRequest', async (request, reply) => {
    // As they are read further in, where a trusted proxy may have named another scheme and host.
    const { protocol, host, hostname } = request;
    if (![host, hostname].every((name) => URL.canParse(`${protocol}://${name}/`)))
      return answerError(Object.assign(new Error(), { statusCode: 400, code: '', name: '' }), request, reply);
    const carriesSession = cookies.read(request, 'refresh') !== null || cookies.read(request, 'access') !== null;
    if (request.method !== 'GET' && carriesSession && !origins.mayUseCookies(request))
      throw new AuthError('FORBIDDEN', { why: 'Cookies are not accepted from pages of this origin.' });
    return undefined;
  });
}

/** One line a request, for operators: no query string, no body, no header. */
function logEachRequest(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    request.log.info(
      {
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
    done();
  });
}
