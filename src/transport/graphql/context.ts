import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { authenticate } from '../../auth/authenticate.js';
import type { Deps, Limits } from '../../auth/deps.js';
import type { RequestMeta, Viewer } from '../../auth/request-meta.js';
import { AuthError } from '../../errors.js';
import type { Cookies } from '../edge/cookies.js';
import type { OriginRules } from '../edge/origin.js';
import type { Observer } from '../edge/observer.js';
import { readRequest } from '../edge/request.js';

/** What use-cases need, but for what each request is given of its own. */
export type EdgeDeps = Omit<Deps, 'limits'> & { readonly observer: Observer };

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
}

/** What makes the context of each request. */
export function createGraphqlContexts(
  edge: EdgeDeps,
  door: (info: GraphQLResolveInfo) => Limits,
  cookies: Cookies,
  origins: OriginRules,
): (request: FastifyRequest, reply: FastifyReply) => GraphqlContext {
  const depsWith = createDepsFactory(edge);

  return (request, reply) => {
    let em: Deps['em'] | undefined;
    const forkOnce = () => (em ??= edge.em.fork()); // most fields need none
    let viewer: Promise<Viewer | null> | undefined;

    const context: GraphqlContext = {
      meta: readRequest(request, cookies),
      reply,
      observer: edge.observer,
      cookies,
      keepsCookies: origins.keepsCookies(request),
      depsFor: (info) => depsWith(door(info), forkOnce),
      authenticate: () => (viewer ??= authenticate(edge, request.headers.authorization)),
      async requireViewer() {
        const signedIn = await context.authenticate();
        if (!signedIn) throw new AuthError('UNAUTHENTICATED', { why: 'Sign in first.', presented: false });
        return signedIn;
      },
    };
    return context;
  };
}

/**
 * `edge`, and what one field has of its own. By prototype: an object literal with a getter has a hidden class to itself,
 * which V8 keeps until its next full collection, and the whole request with it.
 */
function createDepsFactory(edge: EdgeDeps): (limits: Limits, em: () => Deps['em']) => Deps {
  class FieldDeps {
    constructor(
      readonly limits: Limits,
      private readonly fork: () => Deps['em'],
    ) {}

    get em(): Deps['em'] {
      return this.fork();
    }
  }
  Object.setPrototypeOf(FieldDeps.prototype, edge);
  return (limits, em) => new FieldDeps(limits, em) as unknown as Deps;
}
