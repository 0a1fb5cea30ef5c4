import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { TransportSettings } from '../edge/settings.js';
import { tellClientMistakes } from './client-mistakes.js';
import type { GraphqlContext } from './context.js';
import { limitDepth, limitFields, limitRootFields, limitSignIns, MAX_DOCUMENT_TOKENS } from './document-limits.js';
import { createDocumentStore } from './document-store.js';
import { formatError } from './format-error.js';
import { limitPrice } from './limit-price.js';
import { createSchema } from './schema.js';

export interface ServerLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}

/** Apollo Server, started: no batching, no mutation by GET, no persisted queries, errors masked. */
export async function createGraphqlServer(
  settings: TransportSettings,
  logger: ServerLog,
): Promise<ApolloServer<GraphqlContext>> {
  const schema = await createSchema();
  const server = new ApolloServer<GraphqlContext>({
    schema,
    logger,
    nodeEnv: settings.production ? 'production' : 'development',
    introspection: settings.introspection,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: settings.production,
    csrfPrevention: true,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    documentStore: createDocumentStore(),
    parseOptions: { maxTokens: MAX_DOCUMENT_TOKENS },
    validationRules: [limitDepth, limitFields, limitRootFields, limitSignIns],
    formatError,
    plugins: [ApolloServerPluginCacheControlDisabled(), tellClientMistakes, limitPrice(schema), landingPage(settings)],
  });
  await server.start();
  return server;
}

function landingPage(settings: TransportSettings): ApolloServerPlugin<GraphqlContext> {
  return settings.sandbox
    ? ApolloServerPluginLandingPageLocalDefault({ embed: { runTelemetry: false }, includeCookies: true })
    : ApolloServerPluginLandingPageDisabled();
}
