import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * What a document may cost, judged before anything is executed (OWASP GraphQL Cheat Sheet, "Query limiting"). The
 * number of tokens is limited by the parser itself.
 */
export const MAX_DOCUMENT_TOKENS = 600;
const MAX_DEPTH_FIELDS = 8;
const MAX_INTROSPECTION_DEPTH_FIELDS = 20;
const MAX_FIELDS = 300; // three times what the usual introspection query names
const MAX_ROOT_FIELDS = 20; // each may be a query of its own, however it is aliased
const MAX_SIGN_INS = 1;

/** Each costs a password hash: two in one document are two guesses for one request. */
const SIGN_IN_FIELDS: ReadonlySet<string> = new Set(['signup', 'login', 'loginWithProvider']);

/** Fields below fields: 8, and 20 for introspection, whose usual query is deeper than any of ours. */
export function limitDepth(context: ValidationContext): ASTVisitor {
  return onEachOperation(context, (operation, fragments) => {
    const depth = deepest(operation.selectionSet, fragments, new Map());
    if (depth.fields > MAX_DEPTH_FIELDS || depth.introspection > MAX_INTROSPECTION_DEPTH_FIELDS)
      return `The operation is nested deeper than ${MAX_DEPTH_FIELDS} fields.`;
    return null;
  });
}

/** Every field that the document names, merged or not: comparing those that overlap costs the square of their number. */
export function limitFields(context: ValidationContext): ASTVisitor {
  let fields = 0;
  return {
    Field(field) {
      fields += 1;
      if (fields === MAX_FIELDS + 1)
        context.reportError(new GraphQLError(`The document names more than ${MAX_FIELDS} fields.`, { nodes: field }));
    },
  };
}

/** What the operation asks of the schema's entry points, aliases and spread fragments counted each. */
export function limitRootFields(context: ValidationContext): ASTVisitor {
  return onEachOperation(context, (operation, fragments) =>
    countFields(operation.selectionSet, fragments, new Map(), () => true) > MAX_ROOT_FIELDS
      ? `An operation has at most ${MAX_ROOT_FIELDS} fields at its root.`
      : null,
  );
}

/** At most one field that signs in, however it is aliased or spread. */
export function limitSignIns(context: ValidationContext): ASTVisitor {
  return onEachOperation(context, (operation, fragments) =>
    countFields(operation.selectionSet, fragments, new Map(), isSignIn) > MAX_SIGN_INS
      ? 'An operation signs in at most once.'
      : null,
  );
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function onEachOperation(
  context: ValidationContext,
  judge: (operation: OperationDefinitionNode, fragments: Fragments) => string | null,
): ASTVisitor {
  const fragments = fragmentsOf(context.getDocument());
  return {
    OperationDefinition(operation) {
      const refusal = judge(operation, fragments);
      if (refusal) context.reportError(new GraphQLError(refusal, { nodes: operation }));
      return false;
    },
  };
}

function fragmentsOf(document: DocumentNode): Fragments {
  return new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
}

interface Depth {
  /** Fields below one another, outside introspection. */
  readonly fields: number;
  /** Fields below `__schema` or `__type`. */
  readonly introspection: number;
}

const NONE: Depth = { fields: 0, introspection: 0 };

/** Each fragment is walked once, whoever spreads it; one that spreads itself counts as empty (validation refuses it). */
function deepest(selections: SelectionSetNode, fragments: Fragments, walked: Map<string, Depth>): Depth {
  let max = NONE;
  for (const selection of selections.selections) {
    let depth = NONE;
    if (selection.kind === Kind.FIELD) {
      const below = selection.selectionSet ? deepest(selection.selectionSet, fragments, walked) : NONE;
      depth = /^__(schema|type)$/.test(selection.name.value)
        ? { fields: 0, introspection: 1 + below.fields + below.introspection }
        : { fields: 1 + below.fields, introspection: below.introspection };
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      depth = deepest(selection.selectionSet, fragments, walked);
    } else {
      depth = ofFragment(selection.name.value, fragments, walked, NONE, (below) => deepest(below, fragments, walked));
    }
    max = {
      fields: Math.max(max.fields, depth.fields),
      introspection: Math.max(max.introspection, depth.introspection),
    };
  }
  return max;
}

const isSignIn: Counts = (field) => SIGN_IN_FIELDS.has(field.name.value);

type Counts = (field: FieldNode) => boolean;

function countFields(
  selections: SelectionSetNode,
  fragments: Fragments,
  walked: Map<string, number>,
  counts: Counts,
): number {
  const walk = (below: SelectionSetNode) => countFields(below, fragments, walked, counts);
  let count = 0;
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) count += counts(selection) ? 1 : 0;
    else if (selection.kind === Kind.INLINE_FRAGMENT) count += walk(selection.selectionSet);
    else count += ofFragment(selection.name.value, fragments, walked, 0, walk);
  }
  return count;
}

function ofFragment<T>(
  name: string,
  fragments: Fragments,
  walked: Map<string, T>,
  empty: T,
  walk: (selections: SelectionSetNode) => T,
): T {
  const known = walked.get(name);
  if (known !== undefined) return known;
  walked.set(name, empty);
  const fragment = fragments.get(name);
  const result = fragment ? walk(fragment.selectionSet) : empty;
  walked.set(name, result);
  return result;
}
