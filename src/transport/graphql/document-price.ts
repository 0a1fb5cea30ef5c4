import {
  getVariableValues,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import {
  fieldExtensionsEstimator,
  getComplexity,
  simpleEstimator,
  type ComplexityEstimator,
} from 'graphql-query-complexity';

/** A page of a hundred security events with all their fields costs some 2,700, the usual introspection query 2,200. */
export const MAX_PRICE_POINTS = 4_000;
/** What an operation may come to once its fragments are spread; the usual introspection query comes to some 300. */
const MAX_NODES = 1_000;
/** Its answers are many small fields, and its lists are priced as if each were as long as the longest. */
const INTROSPECTION_FIELD_POINTS = 1 / 25;

/** What prices look at: the size of a page, and the condition of `@skip` and `@include`. */
export const PRICING_ARGUMENTS: ReadonlySet<string> = new Set(['first', 'if']);

export interface Asked {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Record<string, unknown>;
}

/**
 * What an operation can return, in points: each field's price as it is declared, times the rows of all lists above it,
 * with aliases, fragments, default values and variables as they will be executed; of a union's members the dearest.
 *
 * @returns null where the variables do not fit: executing the operation refuses it. Infinity beyond what is counted.
 * @throws GraphQLError where a variable that may be null is given to what may not.
 */
export type Pricing = (asked: Asked) => number | null;

/** A document that is kept is priced once, unless its price depends on its variables. */
export function createPricing(schema: GraphQLSchema): Pricing {
  const known = new WeakMap<OperationDefinitionNode, number>();
  const estimators = [introspectionEstimator(schema), fieldExtensionsEstimator(), simpleEstimator()];

  return (asked) => {
    const { operation, variables } = asked;
    const knownPrice = known.get(operation);
    if (knownPrice !== undefined) return knownPrice;
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) return null;
    const price = priceOf(schema, asked, estimators);
    if (!isPricedByVariables(asked)) known.set(operation, price);
    return price;
  };
}

function priceOf(schema: GraphQLSchema, asked: Asked, estimators: ComplexityEstimator[]): number {
  const { operation, document, variables } = asked;
  const operationName = operation.name && { operationName: operation.name.value };
  try {
    return Math.ceil(
      getComplexity({ schema, query: document, variables, estimators, maxQueryNodes: MAX_NODES, ...operationName }),
    );
  } catch (error) {
    // Of its errors only the one about too many nodes has no place in the document.
    if (error instanceof GraphQLError && error.nodes === undefined) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function isPricedByVariables({ operation, document }: Asked): boolean {
  if (operation.variableDefinitions?.length === 0) return false;
  let found = false;
  visit(document, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && PRICING_ARGUMENTS.has(name.value)) found = true;
    },
  });
  return found;
}

/** Lists of the schema, each as long as the longest, and `ofType` by the half: few types are wrapped more than twice. */
function introspectionEstimator(schema: GraphQLSchema): ComplexityEstimator {
  const types = Object.values(schema.getTypeMap());
  const longest = (lengths: readonly number[]) => Math.max(1, ...lengths);
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = composite.flatMap((type) => Object.values(type.getFields()));
  const factors: Readonly<Record<string, number>> = {
    types: types.length,
    directives: schema.getDirectives().length,
    fields: longest(composite.map((type) => Object.keys(type.getFields()).length)),
    args: longest(fields.map(({ args }) => args.length)),
    inputFields: longest(types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length)),
    enumValues: longest(types.filter(isEnumType).map((type) => type.getValues().length)),
    possibleTypes: longest(types.filter(isAbstractType).map((type) => schema.getPossibleTypes(type).length)),
    interfaces: longest(composite.map((type) => type.getInterfaces().length)),
    ofType: 1 / 2,
  };
  return ({ type, field, childComplexity }) =>
    type.name.startsWith('__') || field.name === '__schema' || field.name === '__type'
      ? INTROSPECTION_FIELD_POINTS + (factors[field.name] ?? 1) * childComplexity
      : undefined;
}
