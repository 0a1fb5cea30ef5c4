import type { GraphQLFormattedError } from 'graphql';

/** The codes a client may meet at the top level, with Apollo Server's own for documents that it refuses. */
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
]);

/** What leaves: a public code and a sentence. Never a stack trace, and never the value that was sent. */
export function formatError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const code = formatted.extensions?.['code'];
  if (!PUBLIC_CODES.has(code)) {
    return { ...formatted, message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL' } };
  }
  return code === 'BAD_USER_INPUT' ? { ...formatted, message: withoutValue(formatted.message) } : formatted;
}

/**
 * graphql-js repeats the whole value that it cannot coerce, a password too:
 * `Variable "$input" got invalid value { … } at "input.x"; Field "y" is not defined …`.
 */
function withoutValue(message: string): string {
  const refused = /^(Variable "\$\w+" got invalid value) /.exec(message);
  if (!refused) return message;
  const path = / at ("[\w.[\]]+");/.exec(message)?.[1];
  const why = message.slice(message.lastIndexOf('; ') + 2).replace(/(cannot represent [^:]*): .*$/s, '$1.');
  return `${refused[1]?.replace(' value', '') ?? ''} input${path ? ` at ${path}` : ''}; ${why}`;
}
