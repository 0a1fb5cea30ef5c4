import { readFileSync } from 'node:fs';
import {
  getIntrospectionQuery,
  getNamedType,
  GraphQLInt,
  isInputObjectType,
  isObjectType,
  Kind,
  parse,
  type GraphQLSchema,
} from 'graphql';
import * as bench from '../../bench/contenders/fluxgate-documents.ts';
import { createPricing, MAX_PRICE_POINTS, PRICING_ARGUMENTS } from '../../src/transport/graphql/document-price.js';
import { createSchema } from '../../src/transport/graphql/schema.js';
import { EXPLORER_TABS } from '../../src/transport/http/explorer/operations.js';

const PLAIN_FIELDS = '__typename id type severity occurredAt userId sessionId ipAddress';
const RISK = 'risk { __typename score decision policyVersion signals { __typename code weight observed expected } }';
const WHOLE_EVENT = `${PLAIN_FIELDS} userAgent details ${RISK}`;
const WHOLE_EVENT_POINTS = 8 + 5 + 5 + 1;
const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const LOGIN = 'login(input: { email: "a@example.org", password: "x" })';

let schema: GraphQLSchema;
beforeAll(async () => (schema = await createSchema()));

function priceOf(source: string, variables: Record<string, unknown> = {}): number | null {
  const document = parse(source);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!;
  return createPricing(schema)({ document, operation, variables });
}

describe('the price of an operation', () => {
  it.each([
    ['nothing but a name', '{ __typename }', 1],
    ['a query, and each field of its answer', '{ me { id email } }', 5 + 2],
    ['all of `me`', bench.ME, 5 + 7],
    ['what needs no query', '{ authConfig { signupEnabled providers } }', 1 + 2],
    ['each alias', '{ a: me { id } b: me { x: id y: id } }', 6 + 7],
    ['a session', '{ session { id device { id name } } }', 5 + 1 + 3],
    ['a list without a size: as long as is declared', '{ sessions { id device { id } } }', 5 + 50 * 3],
    ['another', '{ identities { id provider } }', 5 + 10 * 2],
    ['a page of the usual length', '{ securityEvents { nodes { id } } }', 5 + 20 * 2],
    ['a page of another length', '{ securityEvents(first: 3) { nodes { id type } } }', 5 + 3 * 3],
    ['a page as long as it may be, whatever is asked', '{ securityEvents(first: 5000) { nodes { id } } }', 5 + 100 * 2],
    ['a page of less than nothing', '{ securityEvents(first: -5000) { nodes { id } } }', 5],
    [
      'edges beside nodes',
      '{ securityEvents(first: 9) { edges { cursor node { id } } nodes { id } } }',
      5 + 9 * (4 + 2),
    ],
    [
      'fields that are long, and one that is null so far',
      `{ securityEvents(first: 1) { nodes { ${WHOLE_EVENT} } } }`,
      5 + 1 + WHOLE_EVENT_POINTS,
    ],
    ['inline fragments', '{ ... on Query { ... { me { ... on User { id } } } } }', 5 + 1],
    [
      'a fragment, as often as it is spread',
      '{ a: me { ...F } b: me { ...F ...F } } fragment F on User { id name }',
      7 + 9,
    ],
    [
      'fragments within fragments',
      '{ ...A } fragment A on Query { a: me { ...B } b: me { ...B } } fragment B on User { id }',
      6 + 6,
    ],
    [
      'the dearest member of a union',
      `mutation { ${LOGIN} { ... on AuthPayload { accessToken token } ... on RateLimited { code } } }`,
      1 + 2,
    ],
    ['what an answer reads', `mutation { ${LOGIN} { ... on AuthPayload { user { id } session { id } } } }`, 1 + 2 + 6],
    [
      'sessions that a mutation ends',
      'mutation { revokeAll { ... on RevokeManyPayload { sessions { id } } } }',
      1 + 1 + 50,
    ],
    ['what a literal leaves out', '{ me { id name @skip(if: true) email @include(if: false) } }', 5 + 1],
    ['the operation that is asked for', 'query { me { id } }', 6],
  ])('counts %s', (_, document, points) => {
    expect(priceOf(document)).toBe(points);
  });

  it.each([
    ['the length of a page', 'query ($n: Int!) { securityEvents(first: $n) { nodes { id } } }', { n: 7 }, 5 + 14],
    ['its default value', 'query ($n: Int! = 8) { securityEvents(first: $n) { nodes { id } } }', {}, 5 + 16],
    ['the default of a field', 'query ($n: Int) { securityEvents(first: $n) { nodes { id } } }', {}, 5 + 40],
    ['what is left out', 'query ($no: Boolean!) { me { id name @skip(if: $no) } }', { no: true }, 5 + 1],
    ['what is not', 'query ($no: Boolean!) { me { id name @skip(if: $no) } }', { no: false }, 5 + 2],
    ['the other way round', 'query ($yes: Boolean = true) { me { id name @include(if: $yes) } }', {}, 5 + 2],
  ])('follows variables: %s', (_, document, variables, points) => {
    expect(priceOf(document, variables)).toBe(points);
  });

  it('is worked out once for an operation, and again and again where variables decide it', () => {
    const document = parse(`query A($n: Int!) { securityEvents(first: $n) { nodes { id } } }`);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
    const pricing = createPricing(schema);
    const prices = [1, 100, 1].map((n) => pricing({ document, operation, variables: { n } }));
    expect(prices).toEqual([7, 205, 7]);
  });

  it('is of one operation of a document', () => {
    const document = parse(
      `query A { me { id } } query B { sessions { id } } query C { me { ...F } } fragment F on User { id }`,
    );
    const pricing = createPricing(schema);
    const prices = document.definitions.flatMap((operation) =>
      operation.kind === Kind.OPERATION_DEFINITION ? [pricing({ document, operation, variables: {} })] : [],
    );
    expect(prices).toEqual([6, 55, 6]);
  });

  it('is none where a variable does not fit, and a mistake where null does not', () => {
    const paged = 'query ($n: Int!) { securityEvents(first: $n) { nodes { id } } }';
    expect(priceOf(paged)).toBeNull();
    expect(priceOf(paged, { n: 'many' })).toBeNull();
    const nullable = 'query ($n: Int = 5) { securityEvents(first: $n) { nodes { id } } }';
    expect(() => priceOf(nullable, { n: null })).toThrow('Argument "first" of non-null type "Int!" must not be null.');
  });

  it('looks at every argument that may be the length of a list', () => {
    const outputs = Object.values(schema.getTypeMap()).filter(isObjectType);
    const own = outputs.filter(({ name }) => !name.startsWith('__'));
    const args = own.flatMap((type) => Object.values(type.getFields())).flatMap((field) => field.args);
    const numbers = args.filter(({ type }) => getNamedType(type) === GraphQLInt);
    expect(numbers.map(({ name }) => name)).toEqual(['first']);
    expect(numbers.every(({ name }) => PRICING_ARGUMENTS.has(name))).toBe(true);

    const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
    const fields = inputs.flatMap((type) => Object.values(type.getFields()));
    expect(fields.filter(({ type }) => getNamedType(type) === GraphQLInt)).toEqual([]);
  });
});

describe('the most that an operation may cost', () => {
  const accountPage = readFileSync(
    new URL('../../src/transport/http/account/browser/account.mjs', import.meta.url),
    'utf8',
  );
  const everyOption = { specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, oneOf: true };

  it.each([
    ...Object.entries(bench).map(([name, document]) => [`${name} of the bench`, document] as const),
    ...EXPLORER_TABS.map(({ query }) => [`an explorer's tab: ${/\w+ \w+/.exec(query)?.[0]}`, query] as const),
    ['the account page', /account: '(query .*)'/.exec(accountPage)?.[1] ?? ''],
    [
      'a guide to an account',
      '{ me { email roles } sessions { id deviceName isCurrent } securityEvents(first: 10) { nodes { type severity occurredAt } } }',
    ],
    ['a page of twenty events', `{ securityEvents { edges { cursor node { ${PLAIN_FIELDS} } } ${PAGE_INFO} } }`],
  ] as const)('is five times as much as %s, and more', (_, document) => {
    const login = { email: 'a@example.org', password: 'x' };
    const input = /\$input: (?:Signup|Login)/.test(document) ? login : {};
    const price = priceOf(document, { input: document.includes('SignupInput') ? { ...input, name: 'A' } : input });
    expect(price).toBeGreaterThan(0);
    expect(price).toBeLessThan(MAX_PRICE_POINTS / 5);
  });

  it.each([
    ['a hundred whole events', `{ securityEvents(first: 100) { __typename nodes { ${WHOLE_EVENT} } ${PAGE_INFO} } }`],
    ['them by their edges', `{ securityEvents(first: 100) { edges { cursor node { ${WHOLE_EVENT} } } ${PAGE_INFO} } }`],
    ['the usual introspection query', getIntrospectionQuery()],
    ['introspection with every option', getIntrospectionQuery({ ...everyOption, inputValueDeprecation: true })],
  ])('is more than %s', (_, document) => {
    expect(priceOf(document)).toBeLessThan(MAX_PRICE_POINTS);
    expect(priceOf(document)).toBeGreaterThan(MAX_PRICE_POINTS / 5);
  });

  it.each([
    [
      'a page of events under twenty aliases',
      aliased(20, `securityEvents(first: 100) { edges { node { id } } nodes { id } }`),
    ],
    [
      'the same by way of fragments',
      `{ ${Array.from({ length: 20 }, (_, nth) => `a${nth}: securityEvents(first: 100) { ...P }`).join(' ')} }
       fragment P on SecurityEventConnection { edges { node { ...E } } nodes { ...E } } fragment E on SecurityEvent { id }`,
    ],
    ['sessions under twenty aliases', aliased(20, 'sessions { id ipAddress deviceName expiresAt }')],
    [
      'one field of events under a hundred aliases',
      `{ securityEvents(first: 100) { nodes ${aliased(100, 'userAgent')} } }`,
    ],
    [
      'page information that is asked for again and again',
      `{ securityEvents(first: 100) ${aliased(60, 'pageInfo { endCursor }')} }`,
    ],
    [
      'the whole schema under twenty aliases',
      aliased(20, '__schema { types { name fields { name args { name type { name } } type { name kind } } } }'),
    ],
  ])('is less than %s', (_, document) => {
    expect(priceOf(document)).toBeGreaterThan(MAX_PRICE_POINTS);
  });

  it('is less than fragments that double, which are not counted to their end', () => {
    const doubling = Array.from(
      { length: 40 },
      (_, nth) => `fragment F${nth} on User { ...F${nth + 1} ...F${nth + 1} }`,
    );
    expect(priceOf(`{ me { ...F0 } } ${doubling.join(' ')} fragment F40 on User { id }`)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

function aliased(times: number, field: string): string {
  return `{ ${Array.from({ length: times }, (_, nth) => `a${nth}: ${field}`).join(' ')} }`;
}
