import 'reflect-metadata';
import { isAbstractType, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import { AccountResolver } from './account.resolver.js';
import { AuthResolver } from './auth.resolver.js';
import { ProviderResolver } from './provider.resolver.js';
import { AuthPayloadResolver, RefreshPayloadResolver } from './payload.resolver.js';

/** The schema that is served. Input is judged by the use-cases, the same for every protocol, so nothing validates it here. */
export async function createSchema(): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [AuthResolver, AccountResolver, ProviderResolver, AuthPayloadResolver, RefreshPayloadResolver],
    validate: false,
  });
}

/** As committed in schema.graphql. */
export async function printedSchema(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await createSchema()))}\n`;
}

/** What Apollo Client's cache needs to read `... on Error`: the members of every union and interface. */
export async function possibleTypes(): Promise<{ possibleTypes: Record<string, string[]> }> {
  const schema = await createSchema();
  const abstract = Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map(
      (type) =>
        [
          type.name,
          schema
            .getPossibleTypes(type)
            .map((member) => member.name)
            .sort(),
        ] as const,
    )
    .sort(([a], [b]) => a.localeCompare(b));
  return { possibleTypes: Object.fromEntries(abstract) };
}
