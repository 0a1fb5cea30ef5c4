import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance } from 'fastify';
import { sandboxPolicy } from '../edge/content-security-policy.js';
import type { Edge } from '../edge/edge.js';
import { withPolicy } from '../edge/security-headers.js';
import { createGraphqlContexts } from './context.js';
import { createGraphqlServer } from './server.js';

/** GraphQL at /graphql, and Apollo Sandbox there for browsers that come by GET. */
export async function graphqlRoutes(app: FastifyInstance, edge: Edge): Promise<void> {
  const { sandbox } = edge.settings;
  const apollo = await createGraphqlServer(edge.settings, app.log);
  app.addHook('onClose', () => apollo.stop()); // comes once what is in flight has been answered

  const contextOf = createGraphqlContexts(edge);
  const handler = fastifyApolloHandler(apollo, {
    context: (request, reply) => Promise.resolve(contextOf(request, reply)),
  });
  app.post('/graphql', handler);
  app.get('/graphql', sandbox ? withPolicy(sandboxPolicy) : {}, handler);
  if (sandbox) app.get('/', (_request, reply) => reply.redirect('/graphql'));
}
