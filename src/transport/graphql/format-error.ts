import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** The codes a client may meet at the top level, with Apollo Server's own for what it refuses. */
const PUBLIC_CODES: ReadonlySet<unknown> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'INTERNAL',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_SUPPORTED', // tells Apollo Client to send the whole document
]);

/** What leaves: a public code and a sentence. Never a stack trace, and never the value that was sent. */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = formatted.extensions?.['code'];
  if (!PUBLIC_CODES.has(code)) {
    return { ...formatted, message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL' } };
  }
  return { ...formatted, message: withoutValue(formatted.message, error) };
}

/**
 * graphql-js repeats what it cannot read, a password too. Of each sentence that does so, this keeps what is not the
 * value: of `Variable "$input" got invalid value { … } at "input.password"; String cannot represent … : { … }` the
 * variable, the path and the type.
 */
function withoutValue(message: string, error: unknown): string {
  const variable = /^Variable "\$\w+" got invalid /.exec(message)?.[0];
  if (variable === undefined) return withoutLiteral(message);

  // The path stands between two repetitions of the value: only the second's length tells where it ends.
  const why = error instanceof GraphQLError ? error.originalError?.message : undefined;
  if (why === undefined) return `${variable}input.`;
  const path = / at "[\w.[\]]+"$/.exec(message.slice(0, -`; ${why}`.length))?.[0] ?? '';
  return `${variable}input${path}; ${withoutLiteral(withoutSuggestion(why))}`;
}

function withoutLiteral(message: string): string {
  return message
    .replace(/^((?:Enum "\w+"|\w+) cannot represent) .*$/s, '$1 this value.')
    .replace(/^Value .* does not exist in ("\w+") enum\..*$/s, 'This value does not exist in $1 enum.')
    .replace(/^(Expected value of type "[^"]+"), found .*$/s, '$1.')
    .replace(/^(Expected type "[^"]+")\. .*$/s, '$1.')
    .replace(/^(Argument "\w+" has invalid value) .*$/s, '$1.')
    .replace(/^(Syntax Error: .*?\b(?:String|BlockString|Int|Float)) ".*$/s, '$1.');
}

/** Of documents Apollo Server hides them itself, and only in production. */
function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean .*$/s, '');
}
