import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { createSchema, possibleTypes, printedSchema } from '../../src/transport/graphql/schema.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const contract = buildSchema(readFileSync(join(root, 'test/contract/contract.graphql'), 'utf8'));

/** In the contract, and still to be built. Nothing else of it may be missing. */
const COMES_LATER = ['Subscription was removed.'];

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema();
});

describe('the public schema', () => {
  it('is what schema.graphql says: npm run schema writes it', async () => {
    expect(await printedSchema()).toBe(readFileSync(join(root, 'schema.graphql'), 'utf8'));
  });

  it('has the possible types that possible-types.json says', async () => {
    const committed: unknown = JSON.parse(readFileSync(join(root, 'possible-types.json'), 'utf8'));
    expect(await possibleTypes()).toEqual(committed);
  });

  it('breaks nothing of the contract, but for what comes later', () => {
    const broken = findBreakingChanges(contract, schema).map((change) => change.description);
    expect(broken.sort()).toEqual(COMES_LATER);
  });

  it('changes nothing of the contract that a client could be surprised by', () => {
    expect(findDangerousChanges(contract, schema)).toEqual([]);
  });

  it('describes all that the contract describes, in its words', () => {
    const ours = descriptionsOf(schema);
    const missing = [...descriptionsOf(contract)].filter(
      ([what, text]) => !what.startsWith('Subscription') && ours.get(what) !== text,
    );
    expect(missing).toEqual([]);
  });

  it('marks as deprecated what the contract does, and nothing more', () => {
    expect(deprecatedIn(schema)).toEqual(deprecatedIn(contract));
    expect(deprecatedIn(schema)).toEqual(['AuthPayload.token: The same as accessToken; kept for the first clients.']);
  });
});

describe('the package', () => {
  const consumer = mkdtempSync(join(tmpdir(), 'fluxgate-consumer-'));
  beforeAll(() => {
    mkdirSync(join(consumer, 'node_modules'));
    symlinkSync(root, join(consumer, 'node_modules/fluxgate'), 'dir');
    writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(consumer, { recursive: true }));

  it('gives clients its possible types', () => {
    const read = `import types from 'fluxgate/possible-types.json' with { type: 'json' }; console.log(JSON.stringify(types))`;
    expect(JSON.parse(runIn(consumer, read))).toHaveProperty('possibleTypes.Error');
  });

  it('gives clients its schema', () => {
    const read = `import { readFileSync } from 'node:fs';
      console.log(readFileSync(new URL(import.meta.resolve('fluxgate/schema.graphql')), 'utf8'))`;
    expect(buildSchema(runIn(consumer, read)).getMutationType()?.getFields()).toHaveProperty('login');
  });

  it('opens nothing of its inside', () => {
    const read = `await import('fluxgate/dist/src/app.js').catch((error) => console.log(error.code))`;
    expect(runIn(consumer, read)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });
});

function runIn(folder: string, script: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder, encoding: 'utf8' });
}

/** `Type`, `Type.field`, `Type.field.argument`, `Enum.VALUE` -> its description, where it has one. */
function descriptionsOf(of: GraphQLSchema): Map<string, string> {
  return new Map(
    membersOf(of).flatMap(([what, { description }]) => (description ? [[what, description.trim()] as const] : [])),
  );
}

function deprecatedIn(of: GraphQLSchema): string[] {
  return membersOf(of).flatMap(([what, { deprecationReason }]) =>
    deprecationReason ? [`${what}: ${deprecationReason}`] : [],
  );
}

interface Described {
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
}

function membersOf(of: GraphQLSchema): (readonly [what: string, described: Described])[] {
  return Object.values(of.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => [[type.name, { description: type.description }] as const, ...membersOfType(type)]);
}

function membersOfType(type: GraphQLNamedType): (readonly [what: string, described: Described])[] {
  if (isEnumType(type)) return type.getValues().map((value) => [`${type.name}.${value.name}`, value]);
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field]);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    [`${type.name}.${field.name}`, field] as const,
    ...field.args.map((argument) => [`${type.name}.${field.name}.${argument.name}`, argument] as const),
  ]);
}
