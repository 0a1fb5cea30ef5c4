import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import fastifyCookie from '@fastify/cookie';
import fastifyCors from '@fastify/cors';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Limits, RateLimiters } from '../../auth/deps.js';
import { AuthError } from '../../errors.js';
import { createGraphqlContexts, type EdgeDeps, type GraphqlContext } from '../graphql/context.js';
import { createGraphqlDoor } from '../graphql/rate-limit.js';
import { createGraphqlServer } from '../graphql/server.js';
import type { TransportSettings } from '../edge/settings.js';
import { accountRoutes } from './account/routes.js';
import { sandboxPolicy } from './content-security-policy.js';
import { createCookies, type Cookies } from '../edge/cookies.js';
import { drainConnections } from './drain.js';
import { answerError, answerNotFound } from './errors.js';
import { explorerRoutes } from './explorer/routes.js';
import { continueRoute } from './forward-auth/continue.js';
import { verifyRoute } from './forward-auth/verify.js';
import { readJsonOnly } from './json-body.js';
import { createOriginRules, type OriginRules } from '../edge/origin.js';
import { providerLoginRoutes } from './provider-login.js';
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
    return503OnClosing: false, // what still comes is answered
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  readJsonOnly(app);
  app.setErrorHandler(answerError);

  const isDraining = drainConnections(app);
  app.decorateRequest('operations', '');
  deps.observer.attach(app);
  const cookies = createCookies(settings);
  const origins = createOriginRules(settings);
  const apollo = await createGraphqlServer(settings, log);

  // Asked before every request that a proxy lets through, so without what only browsers and people need.
  await app.register((forwardAuth, _options, done) => {
    verifyRoute(forwardAuth, deps, settings, cookies, origins);
    done();
  });
  await app.register(async (doors) => {
    doors.setNotFoundHandler(answerNotFound);
    await commonHeaders(doors, settings);
    refuseBeforeRouting(doors, origins, cookies);
    logEachRequest(doors);
    wellKnownRoutes(doors, deps, isDraining);
    restRoutes(doors, deps, limits, cookies);
    providerLoginRoutes(doors, deps, limits, cookies, settings);
    continueRoute(doors, deps, settings, limits, cookies);
    const contexts = createGraphqlContexts(deps, createGraphqlDoor(limiters), cookies, origins);
    graphqlRoutes(doors, settings, apollo, contexts);
    explorerRoutes(doors, settings);
    accountRoutes(doors, deps, settings);
  });

  return {
    fastify: app,
    async close() {
      await app.close();
      await apollo.stop();
    },
  };
}

function graphqlRoutes(
  app: FastifyInstance,
  settings: TransportSettings,
  apollo: ApolloServer<GraphqlContext>,
  context: (request: FastifyRequest, reply: FastifyReply) => GraphqlContext,
): void {
  const handler = fastifyApolloHandler(apollo, {
    context: (request, reply) => Promise.resolve(context(request, reply)),
  });
  app.post('/graphql', handler);
  app.get('/graphql', settings.sandbox ? withPolicy(sandboxPolicy) : {}, handler);
  if (settings.sandbox) app.get('/', (_request, reply) => reply.redirect('/graphql'));
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
  let readable = ''; // the last one that was: nearly every request names the same
  app.addHook('onRequest', (request, reply, done) => {
    // As they are read further in, where a trusted proxy may have named another scheme and host.
    const { protocol, host } = request;
    const named = `${protocol}://${host}/`;
    if (named !== readable) {
      if (!URL.canParse(named) || !URL.canParse(`${protocol}://${request.hostname}/`))
        return answerError(Object.assign(new Error(), { statusCode: 400, code: '', name: '' }), request, reply);
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
