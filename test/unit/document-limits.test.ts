import { getIntrospectionQuery, Kind, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import {
  limitDepth,
  limitFields,
  limitRootFields,
  limitSignIns,
  MAX_DOCUMENT_TOKENS,
} from '../../src/transport/graphql/document-limits.js';
import { createSchema } from '../../src/transport/graphql/schema.js';

const LOGIN = 'login(input: { email: "a@example.org", password: "x" }) { __typename }';
const SIGNUP = 'signup(input: { email: "a@example.org", password: "x", name: "A" }) { __typename }';
const DEEPEST = '{ securityEvents { edges { node { risk { signals { code } } } } } }';
const SCHEMA_DEPTH_3 = '__schema { types { fields { name } } }';

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema();
});

/** What the limits alone say of a document, whether or not it fits the schema. */
function refusals(document: string): string[] {
  const parsed = parse(document, { maxTokens: MAX_DOCUMENT_TOKENS });
  return validate(schema, parsed, [limitDepth, limitFields, limitRootFields, limitSignIns]).map(
    (error) => error.message,
  );
}

describe('what a document may cost', () => {
  it.each([
    ['a plain query', '{ me { id } }'],
    ['the deepest selection that the schema has', DEEPEST],
    ['eight fields below one another', nested(8)],
    ['the usual introspection query', getIntrospectionQuery()],
    ['introspection with every option', getIntrospectionQuery(everyOption())],
    ['introspection twenty fields deep', `{ __schema ${nested(19)} }`],
    ['introspection below a deep operation', `{ ${SCHEMA_DEPTH_3} a { b { c { d { e { f { g { h } } } } } } } }`],
    ['one sign-in', `mutation { ${LOGIN} }`],
    ['one sign-in in a fragment that is spread once', `mutation { ...a } fragment a on Mutation { ${LOGIN} }`],
    ['one sign-in for each of two operations', `mutation a { ${LOGIN} } mutation b { ${LOGIN} }`],
    ['three hundred fields', `{ me { ${'__typename '.repeat(299)} } }`],
    ['twenty fields at the root', `{ ${aliased(20)} }`],
    ['fragments that spread each other', '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'],
  ])('lets %s pass', (_, document) => {
    expect(refusals(document)).toEqual([]);
  });

  it.each([
    ['nine fields below one another', nested(9)],
    ['nine fields by way of inline fragments', `{ ...on Query ${nested(9)} }`],
    ['nine fields by way of fragments', `{ a { ...f } } fragment f on User ${nested(8)}`],
    ['nine fields in the second operation', `query a { me { id } } query b ${nested(9)}`],
    ['introspection below twenty fields', `{ __schema ${nested(20)} }`],
    ['introspection of a type below twenty fields', `{ __type(name: "User") ${nested(20)} }`],
  ])('refuses %s', (_, document) => {
    expect(refusals(document)).toContain('The operation is nested deeper than 8 fields.');
  });

  it.each([
    ['two aliased sign-ins', `mutation { a: ${LOGIN} b: ${LOGIN} }`],
    ['a sign-up and a sign-in', `mutation { ${SIGNUP} ${LOGIN} }`],
    ['a sign-in by a provider and one by password', `mutation { loginWithProvider ${LOGIN} }`],
    ['a second sign-in in an inline fragment', `mutation { ${LOGIN} ... on Mutation { b: ${LOGIN} } }`],
    ['a second sign-in in a fragment', `mutation { ${LOGIN} ...a } fragment a on Mutation { b: ${LOGIN} }`],
    ['a sign-in in a fragment that is spread twice', `mutation { ...a ...a } fragment a on Mutation { ${LOGIN} }`],
    [
      'a sign-in that is left out by a variable',
      `mutation ($no: Boolean!) { ${LOGIN} ... @skip(if: $no) { b: ${LOGIN} } }`,
    ],
  ])('refuses %s', (_, document) => {
    expect(refusals(document)).toEqual(['An operation signs in at most once.']);
  });

  it.each([
    ['twenty-one fields at the root', `{ ${aliased(21)} }`],
    ['more of them by way of a fragment', `{ ...a ...a ...a } fragment a on Query { ${aliased(7)} }`],
  ])('refuses %s', (_, document) => {
    expect(refusals(document)).toEqual(['An operation has at most 20 fields at its root.']);
  });

  it('refuses the three-hundred-and-first field, once', () => {
    expect(refusals(`{ me { ${'__typename '.repeat(399)} } }`)).toEqual(['The document names more than 300 fields.']);
  });

  it('counts fields in fragments and over all operations', () => {
    const half = '__typename '.repeat(151);
    expect(refusals(`{ me { ...a ${half} } } fragment a on User { ${half} }`)).toHaveLength(1);
    expect(refusals(`query a { me { ${half} } } query b { me { ${half} } }`)).toHaveLength(1);
  });

  it('stops reading at the six-hundred-and-first token', () => {
    expect(() => refusals(`{ ${'a '.repeat(599)} }`)).toThrow('600 tokens');
    expect(() => refusals(`{ ${'a '.repeat(598)} }`)).not.toThrow();
  });

  it.each([
    ['doubles at each of forty levels', fanOut(40)],
    ['ends in a circle', `${fanOut(40)} fragment f40 on Query { ...f0 }`],
  ])('walks every fragment once when their spreading %s', (_, document) => {
    const parsed = parse(document);
    const visited = new Set<object>();
    let walks = 0;
    for (const definition of parsed.definitions) {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
      const { selectionSet } = definition;
      Object.defineProperty(definition, 'selectionSet', {
        get: () => {
          visited.add(definition);
          walks += 1;
          return selectionSet;
        },
      });
    }
    validate(schema, parsed, [limitDepth, limitSignIns]);
    expect(visited.size).toBeGreaterThanOrEqual(40);
    expect(walks).toBeLessThanOrEqual(4 * visited.size); // two rules, and the visitor itself
  });

  it('leaves lists within lists of introspection to the rules of the specification', () => {
    const bomb = `{ __type(name: "Error") { ${'possibleTypes { interfaces { '.repeat(4)} name ${'} } '.repeat(4)} } }`;
    expect(refusals(bomb)).toEqual([]);
    expect(validate(schema, parse(bomb), specifiedRules).map((error) => error.message)).toEqual([
      'Maximum introspection depth exceeded',
    ]);
  });
});

/** `{ a { a } }` for two. */
function nested(fields: number): string {
  return `${'{ a '.repeat(fields)}${'} '.repeat(fields)}`;
}

/** 2^levels fields to one who spreads again and again what was spread before. */
function fanOut(levels: number): string {
  const fragments = Array.from(
    { length: levels },
    (_, level) => `fragment f${level} on Query { ...f${level + 1} ...f${level + 1} }`,
  );
  return `{ ...f0 } ${fragments.join(' ')}`;
}

function everyOption() {
  return {
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };
}

/** One query, that many times. */
function aliased(times: number): string {
  return Array.from({ length: times }, (_, index) => `a${index}: sessions { id }`).join(' ');
}
