import { GraphQLError, Kind, parse, validate, type GraphQLSchema } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { formatError } from '../../src/transport/graphql/format-error.js';
import { createSchema } from '../../src/transport/graphql/schema.js';

const PASSWORD = 'hunter2; at "x.y"; Did you mean';
const DOCUMENT = 'mutation ($input: LoginInput!, $status: UserType) { login(input: $input) { __typename } }';

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema();
});

/** What a client reads when these variables are refused. */
function refusalOf(variables: Record<string, unknown>): string {
  const operation = parse(DOCUMENT).definitions[0];
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
  const { errors = [] } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  return errors.map((error) => leaves(error, 'BAD_USER_INPUT')).join('\n');
}

/** What a client reads when this document is refused. */
function documentRefusal(document: string): string {
  try {
    return validate(schema, parse(document))
      .map((error) => leaves(error, 'GRAPHQL_VALIDATION_FAILED'))
      .join('\n');
  } catch (error) {
    return leaves(error as GraphQLError, 'GRAPHQL_PARSE_FAILED');
  }
}

function leaves(error: GraphQLError, code: string): string {
  return formatError({ message: error.message, extensions: { code } }, error).message;
}

describe('errors that leave', () => {
  it.each([
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
    'PERSISTED_QUERY_NOT_SUPPORTED',
  ])('keep their sentence, path and code when the code is %s', (code) => {
    const formatted = {
      message: 'A sentence.',
      path: ['me'],
      locations: [{ line: 1, column: 2 }],
      extensions: { code },
    };
    expect(formatError(formatted, new GraphQLError('A sentence.'))).toEqual(formatted);
  });

  it.each([
    ['of Apollo Server', { code: 'INTERNAL_SERVER_ERROR' }],
    ['of anybody else', { code: 'ECONNREFUSED', address: '10.0.0.1' }],
    ['that is missing', undefined],
    ['that an object inherits', { code: 'constructor' }],
  ])('are masked, but for where they are, when they have a code %s', (_, extensions) => {
    const error = new GraphQLError('connect ECONNREFUSED /var/lib/secret', { extensions: extensions ?? {} });
    const formatted = { message: error.message, path: ['me'], ...(extensions && { extensions }) };
    expect(formatError(formatted, error)).toEqual({
      message: 'Something went wrong on our side.',
      path: ['me'],
      extensions: { code: 'INTERNAL' },
    });
  });

  it.each([
    ['a number', { password: 12345678 }, '"input.password"; String cannot represent this value.'],
    ['a list', { password: [PASSWORD] }, '"input.password"; String cannot represent this value.'],
    ['an operator', { password: { $ne: PASSWORD } }, '"input.password"; String cannot represent this value.'],
    ['null', { password: null }, '"input.password"; Expected non-nullable type "String!" not to be null.'],
    [
      'a choice that there is not',
      { password: PASSWORD, delivery: PASSWORD },
      '"input.delivery"; This value does not exist in "TokenDelivery" enum.',
    ],
    [
      'a choice of another type',
      { password: PASSWORD, delivery: [PASSWORD] },
      '"input.delivery"; Enum "TokenDelivery" cannot represent this value.',
    ],
  ])('name the variable, the path and the type, not the value, of %s', (_, fields, expected) => {
    expect(refusalOf({ input: { email: 'a@example.org', ...fields } })).toBe(
      `Variable "$input" got invalid input at ${expected}`,
    );
  });

  it.each([
    [
      'a field too many',
      { input: { email: 'a@example.org', password: PASSWORD, emial: PASSWORD } },
      'Variable "$input" got invalid input; Field "emial" is not defined by type "LoginInput".',
    ],
    [
      'a field that is missing',
      { input: { password: PASSWORD } },
      'Variable "$input" got invalid input; Field "email" of required type "String!" was not provided.',
    ],
    [
      'a text in place of an object',
      { input: PASSWORD },
      'Variable "$input" got invalid input; Expected type "LoginInput" to be an object.',
    ],
    ['nothing', {}, 'Variable "$input" of required type "LoginInput!" was not provided.'],
  ])('say nothing of the rest of the input when there is %s', (_, variables, expected) => {
    expect(refusalOf(variables)).toBe(expected);
  });

  it.each([
    ['a number', 'password: 12345678', 'String cannot represent this value.'],
    ['a name', 'password: hunter2', 'String cannot represent this value.'],
    ['an object', 'password: { a: "hunter2" }', 'String cannot represent this value.'],
    ['nothing', 'password: null', 'Expected value of type "String!".'],
    ['a choice as text', 'password: "x", delivery: "hunter2"', 'Enum "TokenDelivery" cannot represent this value.'],
    ['a choice by name', 'password: "x", delivery: hunter2', 'This value does not exist in "TokenDelivery" enum.'],
    ['a text with no name', 'password "hunter2"', 'Syntax Error: Expected ":", found String.'],
    ['a number with no name', '12345678', 'Syntax Error: Expected Name, found Int.'],
    ['an end that is missing', 'password: "hunter2', 'Syntax Error: Unterminated string.'],
  ])('do not repeat what stands in the document as %s', (_, fields, expected) => {
    const refusal = documentRefusal(`mutation { login(input: { email: "a@example.org", ${fields} }) { __typename } }`);
    expect(refusal).toBe(expected);
  });

  it('still say which field there is not', () => {
    expect(documentRefusal('{ mee { id } }')).toBe('Cannot query field "mee" on type "Query". Did you mean "me"?');
  });
});
