import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { authenticate } from '../../auth/authenticate.js';
import type { Deps } from '../../auth/deps.js';
import type { RequestMeta, Viewer } from '../../auth/request-meta.js';
import { spendRead } from '../../auth/spend-read.js';
import { AuthError } from '../../errors.js';
import type { Cookies } from '../edge/cookies.js';
import type { Edge } from '../edge/edge.js';
import type { Observer } from '../edge/observer.js';
import { readRequest } from '../edge/request.js';
import { fieldLimits } from './rate-limit.js';

export interface GraphqlContext {
  readonly meta: RequestMeta;
  readonly reply: FastifyReply;
  readonly observer: Observer;
  readonly cookies: Cookies;
  /** Whether the page that asks would keep cookies of ours. */
  readonly keepsCookies: boolean;
  /** The use-cases' dependencies for one field: its limits are counted for that field's execution. */
  readonly depsFor: (info: GraphQLResolveInfo) => Deps;
  /**
   * Who is asking, worked out once and only if a field wants to know: refreshing works whatever access token is sent.
   *
   * @throws AuthError UNAUTHENTICATED when a credential is presented that does not hold.
   */
  readonly authenticate: () => Promise<Viewer | null>;
  /** The same for a field that is for signed-in users only. @throws AuthError UNAUTHENTICATED */
  readonly requireViewer: () => Promise<Viewer>;
  /**
   * Takes what a query costs, in one hit: from the user whom the request proves, else, and for what is asked of the
   * `schema`, from its address.
   *
   * @throws AuthError RATE_LIMITED
   */
  readonly spendRead: (points: number, of: 'data' | 'schema') => Promise<void>;
}

/** What makes the context of each request. */
export function createGraphqlContexts(edge: Edge): (request: FastifyRequest, reply: FastifyReply) => GraphqlContext {
  const { deps, cookies, origins, observer } = edge;

  return (request, reply) => {
    const depsWith = edge.beginRequest();
    const limits = edge.limitsOf(request);
    let viewer: Promise<Viewer | null> | undefined;

    const context: GraphqlContext = {
      meta: readRequest(request, cookies),
      reply,
      observer,
      cookies,
      keepsCookies: origins.keepsCookies(request),
      depsFor: (info) => depsWith(fieldLimits(limits, info)),
      authenticate: () => (viewer ??= authenticate(deps, request.headers.authorization)),
      async requireViewer() {
        const signedIn = await context.authenticate();
        if (!signedIn) throw new AuthError('UNAUTHENTICATED', { why: 'Sign in first.', presented: false });
        return signedIn;
      },
      async spendRead(points, of) {
        const reader = of === 'schema' ? null : await context.authenticate().catch(() => null); // its fields refuse it
        await spendRead({ limits }, context.meta, reader, points);
      },
    };
    return context;
  };
}
