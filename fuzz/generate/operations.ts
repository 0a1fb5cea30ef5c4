import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { buildSchema, getNamedType, isInterfaceType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { inProject } from '../../tools/project.mjs';
import type { Draw } from '../pool.ts';
import { selectionsOf } from './selections.ts';
import { valueOf, type ValuePlan } from './values.ts';

/** What one root field of an operation is. */
interface RootField {
  readonly name: string;
  readonly selections: string;
  readonly args: readonly { readonly name: string; readonly type: string; readonly plan: ValuePlan }[];
}

export interface OperationPlan {
  readonly type: 'query' | 'mutation';
  readonly roots: readonly RootField[];
}

export interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  /** Of the answer's `data`. */
  readonly keys: readonly string[];
}

/** By itself it hashes a password, or ends what others are to work with: rarer than its neighbours. */
const RARE = /^(signup|login|revoke|link|unlink)/;
const MAX_QUERIES = 3;

export function readSchema(): GraphQLSchema {
  return buildSchema(readFileSync(inProject('schema.graphql'), 'utf8'));
}

/** The members of unions that are refusals: the schema says which. */
export function refusalNames(schema: GraphQLSchema): ReadonlySet<string> {
  const error = schema.getType('Error');
  return new Set(isInterfaceType(error) ? schema.getPossibleTypes(error).map(({ name }) => name) : []);
}

/** Operations of whatever the schema has, each with arguments that may hold. */
export function operations(schema: GraphQLSchema): fc.Arbitrary<OperationPlan> {
  const queries = Object.values(schema.getQueryType()?.getFields() ?? {});
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  const query = fc
    .array(fc.oneof(...queries.map((field) => rootField(schema, field))), { minLength: 1, maxLength: MAX_QUERIES })
    .map((roots): OperationPlan => ({ type: 'query', roots }));
  const mutation = fc
    .oneof(
      ...mutations.map((field) => ({ arbitrary: rootField(schema, field), weight: RARE.test(field.name) ? 1 : 12 })),
    )
    .map((root): OperationPlan => ({ type: 'mutation', roots: [root] }));
  return fc.oneof({ arbitrary: query, weight: 3 }, { arbitrary: mutation, weight: 2 });
}

function rootField(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): fc.Arbitrary<RootField> {
  const args = field.args.map((arg) =>
    valueOf(arg.type, arg.name).map((plan) => ({ name: arg.name, type: String(arg.type), plan })),
  );
  return fc
    .tuple(selectionsOf(schema, getNamedType(field.type)), fc.tuple(...args))
    .map(([selections, planned]) => ({ name: field.name, selections, args: planned }));
}

/** The document, with every argument as a variable. */
export function operationOf({ type, roots }: OperationPlan, draw: Draw): Operation {
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const fields = roots.map(({ name, selections, args }, at) => {
    const given = args.map((arg) => {
      const variable = `v${declared.length}`;
      declared.push(`$${variable}: ${arg.type}`);
      variables[variable] = arg.plan(draw);
      return `${arg.name}: $${variable}`;
    });
    return `r${at}: ${name}${given.length > 0 ? `(${given.join(', ')})` : ''} ${selections}`;
  });
  const head = declared.length > 0 ? `${type} Fuzz(${declared.join(', ')})` : `${type} Fuzz`;
  return { query: `${head} { ${fields.join(' ')} }`, variables, keys: roots.map((_, at) => `r${at}`) };
}

/** Whether each of its fields answered with what it promises: no error, no refusal. */
export function hasSucceeded({ keys }: Pick<Operation, 'keys'>, body: unknown, refusals: ReadonlySet<string>): boolean {
  const { data, errors } = (body ?? {}) as { data?: Record<string, unknown> | null; errors?: unknown };
  if (errors !== undefined || !data) return false;
  return keys.every((key) => {
    const result = data[key] as { __typename?: string } | null | undefined;
    return result !== null && result !== undefined && !refusals.has(result.__typename ?? '');
  });
}
