import type { FastifyInstance, FastifyRequest } from 'fastify';
import { account, sessions } from '../../../auth/queries.js';
import { authenticate } from '../../../auth/authenticate.js';
import type { Deps } from '../../../auth/deps.js';
import { login } from '../../../auth/login.js';
import { loginWithProvider } from '../../../auth/login-with-provider.js';
import { refresh } from '../../../auth/refresh.js';
import type { RequestMeta, Viewer } from '../../../auth/request-meta.js';
import { revoke, revokeMany } from '../../../auth/revoke.js';
import { signup } from '../../../auth/signup.js';
import { spendRead } from '../../../auth/spend-read.js';
import { AuthError } from '../../../errors.js';
import type { Edge } from '../../edge/edge.js';
import { observe } from '../../edge/observer.js';
import { REST_POINTS } from '../../edge/prices.js';
import { readRequest } from '../../edge/request.js';
import { refreshAnswer, sessionAnswer, signInAnswer, userAnswer } from './answers.js';
import { jsonBody } from './body.js';

/** What a handler is given of its request. */
interface Call {
  readonly deps: Deps;
  readonly meta: RequestMeta;
}

/** @param readPoints what is taken from whoever it is. @throws AuthError UNAUTHENTICATED | RATE_LIMITED */
type ViewerOf = (request: FastifyRequest, readPoints?: number) => Promise<Viewer>;

/**
 * The REST API: the endpoints, shapes and statuses that the first clients rely on, over the same use-cases, limits and
 * events as GraphQL. Tokens travel in bodies only; cookies are not read here.
 */
export function restRoutes(app: FastifyInstance, edge: Edge): void {
  const call = (request: FastifyRequest): Call => ({
    deps: edge.beginRequest()(edge.limitsOf(request)),
    meta: { ...readRequest(request, edge.cookies), refreshCookie: null },
  });
  const observed: Observed = (name, answer) => (request) =>
    observe(edge.observer, request, { protocol: 'rest', name }, () => answer(request));
  signInRoutes(app, call, observed);
  sessionRoutes(app, call, observed, async (request, readPoints) => {
    const viewer = await requireViewer(edge, request);
    if (readPoints !== undefined)
      await spendRead({ limits: edge.limitsOf(request) }, readRequest(request, edge.cookies), viewer, readPoints);
    return viewer;
  });
}

type CallOf = (request: FastifyRequest) => Call;

/** A handler that is an operation, by the name that it has in GraphQL. */
type Observed = <Request extends FastifyRequest, Result>(
  operation: string,
  answer: (request: Request) => Promise<Result>,
) => (request: Request) => Promise<Result>;

/** They name no device, and keep no cookie of one. */
const NO_DEVICE = { deviceName: null, keepsCookies: false } as const;

const SIGNUP = jsonBody(['email', 'password', 'name'], ['userType']);
const LOGIN = jsonBody(['email', 'password']);
const GOOGLE = jsonBody(['credential'], ['userType', 'nonce']);
const REFRESH_TOKEN = jsonBody(['refreshToken']);

function signInRoutes(app: FastifyInstance, call: CallOf, observed: Observed): void {
  app.post(
    '/api/auth/signup',
    SIGNUP.checked,
    observed('signup', async (request) => {
      const { deps, meta } = call(request);
      const { userType, ...fields } = SIGNUP.read(request);
      return signInAnswer(await signup(deps, meta, { ...fields, userType: userType ?? 'client', ...NO_DEVICE }));
    }),
  );

  app.post(
    '/api/auth/login',
    LOGIN.checked,
    observed('login', async (request) => {
      const { deps, meta } = call(request);
      return signInAnswer(await login(deps, meta, { ...LOGIN.read(request), ...NO_DEVICE }));
    }),
  );

  app.post(
    '/api/auth/google',
    GOOGLE.checked,
    observed('loginWithProvider', async (request) => {
      const { deps, meta } = call(request);
      const { credential, nonce = null, userType } = GOOGLE.read(request);
      const input = {
        provider: 'google',
        idToken: credential,
        nonce,
        userType: userType ?? 'client',
        ...NO_DEVICE,
      };
      return signInAnswer(await loginWithProvider(deps, meta, input));
    }),
  );

  app.post(
    '/api/auth/refresh',
    REFRESH_TOKEN.checked,
    observed('refresh', async (request) => {
      const { deps, meta } = call(request);
      const { refreshToken } = REFRESH_TOKEN.read(request);
      return refreshAnswer(await refresh(deps, meta, refreshToken));
    }),
  );

  app.post(
    '/api/auth/logout',
    REFRESH_TOKEN.checked,
    observed('revoke', async (request) => {
      const { deps, meta } = call(request);
      const { refreshToken } = REFRESH_TOKEN.read(request);
      await revoke(deps, meta, () => Promise.resolve(null), { sessionId: null, refreshToken });
      return { message: 'Signed out.' };
    }),
  );
}

function sessionRoutes(app: FastifyInstance, call: CallOf, observed: Observed, viewerOf: ViewerOf): void {
  app.post(
    '/api/auth/logout-all',
    observed('revokeAll', async (request) => {
      const viewer = await viewerOf(request);
      const { deps, meta } = call(request);
      const ended = await revokeMany(deps, meta, viewer, 'all');
      return { message: 'Signed out everywhere.', tokensRevoked: ended.sessions.length };
    }),
  );

  app.get(
    '/api/auth/sessions',
    observed('sessions', async (request) => {
      const viewer = await viewerOf(request, REST_POINTS.sessions);
      const list = await sessions(call(request).deps, viewer, 'ACTIVE');
      return { sessions: list.map((session) => sessionAnswer(session, viewer.sessionId)) };
    }),
  );

  app.delete<{ Params: { id: string } }>(
    '/api/auth/sessions/:id',
    observed('revoke', async (request: FastifyRequest<{ Params: { id: string } }>) => {
      const viewer = await viewerOf(request);
      const { deps, meta } = call(request);
      await revoke(deps, meta, () => Promise.resolve(viewer), { sessionId: request.params.id, refreshToken: null });
      return { message: 'The session has ended.' };
    }),
  );

  app.get(
    '/api/auth/me',
    observed('me', async (request) => {
      const viewer = await viewerOf(request, REST_POINTS.me);
      return userAnswer(await account(call(request).deps, viewer.userId));
    }),
  );

  app.get(
    '/api/auth/token-info',
    observed('tokenInfo', async (request) => {
      const viewer = await viewerOf(request, REST_POINTS.tokenInfo);
      const { deps } = call(request);
      return tokenInfo(viewer, await account(deps, viewer.userId), deps.clock());
    }),
  );
}

/** `timeToExpiry` in whole seconds. */
function tokenInfo(viewer: Viewer, user: { email: string; userType: string }, now: Date) {
  return {
    userId: viewer.userId,
    email: user.email,
    userType: user.userType,
    issuedAt: viewer.tokenIssuedAt,
    expiresAt: viewer.tokenExpiresAt,
    timeToExpiry: Math.max(0, Math.floor((viewer.tokenExpiresAt.getTime() - now.getTime()) / 1000)),
  };
}

async function requireViewer({ deps }: Edge, request: FastifyRequest): Promise<Viewer> {
  const viewer = await authenticate(deps, request.headers.authorization);
  if (!viewer) throw new AuthError('UNAUTHENTICATED', { why: 'Sign in first.', presented: false });
  return viewer;
}
