import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import fastify from 'fastify';

/**
 * The floor under every GraphQL answer: Apollo Server on Fastify as the integration's README has it, which answers the
 * document of `me` with a constant. A process of its own: `PORT`.
 */
const typeDefs = `
  type User { id: ID!, email: String!, emailVerified: Boolean!, name: String!, userType: String!, roles: [String!]!, createdAt: String! }
  type Query { me: User }`;

const me = {
  id: '01935c5e-0000-7000-8000-000000000000',
  email: 'user-0@bench.example',
  emailVerified: false,
  name: 'Bench',
  userType: 'CLIENT',
  roles: [],
  createdAt: '2026-01-01T00:00:00.000Z',
};

const app = fastify();
const apollo = new ApolloServer({
  typeDefs,
  resolvers: { Query: { me: () => me } },
  plugins: [fastifyApolloDrainPlugin(app)],
  stopOnTerminationSignals: false,
});
await apollo.start();
await app.register(fastifyApollo(apollo));
app.get('/ready', () => 'ready');
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
