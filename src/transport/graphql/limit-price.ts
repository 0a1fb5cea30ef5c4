import type { ApolloServerPlugin, GraphQLRequestListener } from '@apollo/server';
import { GraphQLError, Kind, OperationTypeNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { isAuthError } from '../../errors.js';
import type { GraphqlContext } from './context.js';
import { createPricing, MAX_PRICE_POINTS } from './document-price.js';
import { topLevelError } from './answer-errors.js';

/**
 * Before anything is executed: an operation that costs more than one may is refused, and a query takes its price from
 * who asks, in one hit. A mutation has limits of its own, field by field.
 */
export function limitPrice(schema: GraphQLSchema): ApolloServerPlugin<GraphqlContext> {
  const priceOf = createPricing(schema);
  const listener: GraphQLRequestListener<GraphqlContext> = {
    async didResolveOperation({ document, operation, request, contextValue }) {
      if (!operation) return; // executing it refuses it
      const price = priceOf({ document, operation, variables: request.variables ?? {} });
      if (price === null) return;
      if (price > MAX_PRICE_POINTS) throw tooDear(price, operation);
      if (operation.operation !== OperationTypeNode.QUERY) return;
      try {
        await contextValue.spendRead(price, isAboutSchema(operation) ? 'schema' : 'data');
      } catch (error) {
        throw isAuthError(error) ? topLevelError(error) : error;
      }
    },
  };
  const listening = Promise.resolve(listener); // it keeps nothing of a request, so one will do for all
  return { requestDidStart: () => listening };
}

function tooDear(price: number, operation: OperationDefinitionNode): GraphQLError {
  const itsPrice = Number.isFinite(price) ? `${price} points` : 'more points than are counted';
  const message = `The operation can return ${itsPrice}, and ${MAX_PRICE_POINTS} is the limit: ask for shorter pages or fewer fields.`;
  return new GraphQLError(message, {
    nodes: operation,
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
  });
}

/** Tools ask for the schema again and again, in the name of nobody, whatever token they happen to send. */
function isAboutSchema({ selectionSet }: OperationDefinitionNode): boolean {
  return selectionSet.selections.every((field) => field.kind === Kind.FIELD && field.name.value.startsWith('__'));
}
