import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';

/**
 * What graphql-js finds out only while it executes, and gives no code: a variable that is null where the argument may
 * not be, more bad variables than it lists, an operation of a kind that the schema has not.
 */
const UNCODED =
  /^(Argument "\w+" (of (non-null|required) type|has invalid value) |Too many errors processing variables|Schema is not configured to execute )/;

/** A client's mistake is told as one, with status 400, and never masked as ours. */
export const tellClientMistakes: ApolloServerPlugin = {
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors({ errors }) {
        for (const error of errors.filter(isClientMistake))
          Object.assign(error.extensions, { code: 'BAD_USER_INPUT', http: { status: 400 } });
        return Promise.resolve();
      },
    }),
};

function isClientMistake({ extensions, message }: GraphQLError): boolean {
  return extensions['code'] === undefined && UNCODED.test(message);
}
