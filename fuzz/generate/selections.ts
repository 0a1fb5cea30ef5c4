import fc from 'fast-check';
import {
  getNamedType,
  isLeafType,
  isObjectType,
  isUnionType,
  isInterfaceType,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

const MAX_DEPTH_FIELDS = 4;

/** What is read of a type, always with `__typename`, so that the answer tells whether it is a refusal. */
export function selectionsOf(schema: GraphQLSchema, type: GraphQLNamedOutputType, depth = 1): fc.Arbitrary<string> {
  if (isLeafType(type)) return fc.constant('');
  if (isObjectType(type)) return fieldsOf(schema, type, depth).map((fields) => `{ __typename ${fields} }`);
  const members = isUnionType(type) || isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
  return fc.tuple(...members.map((member) => fieldsOf(schema, member, depth))).map((each) => {
    const spread = each.map((fields, at) => (fields === '' ? '' : `... on ${members[at]?.name} { ${fields} }`));
    return `{ __typename ${spread.filter(Boolean).join(' ')} }`;
  });
}

function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  // One that needs arguments, or lies too deep, is left to operations that begin with it.
  const fields = Object.values(type.getFields()).filter(
    (field) => field.args.length === 0 && (depth < MAX_DEPTH_FIELDS || isLeaf(field)),
  );
  const parts = fields.map((field) =>
    fc
      .tuple(fc.nat(3), isLeaf(field) ? fc.constant('') : selectionsOf(schema, getNamedType(field.type), depth + 1))
      .map(([chance, below]) => (chance === 0 || (chance > 1 && isHeavy(field)) ? '' : `${field.name} ${below}`)),
  );
  return fc.tuple(...parts).map((chosen) => chosen.filter(Boolean).join(' '));
}

function isLeaf(field: GraphQLField<unknown, unknown>): boolean {
  return isLeafType(getNamedType(field.type));
}

/** A list within a list, whose price is soon more than one document may have. */
function isHeavy(field: GraphQLField<unknown, unknown>): boolean {
  return !isLeaf(field) && String(field.type).startsWith('[');
}
