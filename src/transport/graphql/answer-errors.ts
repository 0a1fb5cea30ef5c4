import { HeaderMap } from '@apollo/server';
import { getNamedType, GraphQLError, isUnionType, type GraphQLResolveInfo } from 'graphql';
import type { MiddlewareFn } from 'type-graphql';
import { isAuthError, type AuthError } from '../../errors.js';
import { isOutage, OUTAGE, refusalOf } from '../edge/errors.js';
import { observe } from '../edge/observer.js';
import type { GraphqlContext } from './context.js';
import { refusalView } from './refusal-view.js';
import type { RefusalObject } from './types/refusals.js';

/**
 * Around every root field: an expected refusal becomes the member of the field's result union, or a top-level error
 * with its HTTP status. Anything else is logged with the request's id and masked.
 */
export const answerRefusals: MiddlewareFn<GraphqlContext> = async ({ context, info }, next) => {
  try {
    if (info.path.prev !== undefined) return (await next()) as unknown;
    const operation = { protocol: 'graphql', name: info.fieldName, type: info.operation.operation } as const;
    return await observe<unknown>(context.observer, context.reply.request, operation, next);
  } catch (error) {
    if (error instanceof GraphQLError) throw error;
    if (isAuthError(error)) return refuse(error, info);
    if (isOutage(error)) {
      context.reply.log.warn({ field: info.fieldName, reason: error.message }, 'the database is away');
      return refuse(OUTAGE, info);
    }
    const { requestId } = context.meta;
    context.reply.log.error({ field: info.fieldName, err: error }, 'a field failed');
    throw new GraphQLError(`Something went wrong on our side. Request ${requestId}.`, {
      extensions: { code: 'INTERNAL', requestId, http: { status: 500 } },
    });
  }
};

function refuse(error: AuthError, info: GraphQLResolveInfo): RefusalObject {
  const view = refusalView(error, refusalOf(error).message);
  const result = getNamedType(info.returnType);
  if (view && isUnionType(result) && result.getTypes().some((type) => type.name === view.__typename)) return view;
  throw topLevelError(error);
}

/** A refusal that no result union has a member for. */
export function topLevelError(error: AuthError): GraphQLError {
  const { topLevelCode, httpStatus, message, headers } = refusalOf(error);
  return new GraphQLError(message, {
    extensions: { code: topLevelCode, http: { status: httpStatus, headers: new HeaderMap(Object.entries(headers)) } },
  });
}
