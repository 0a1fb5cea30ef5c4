import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isObjectType, type GraphQLSchema } from 'graphql';
import ts from 'typescript';
import { AuthError, type AuthErrorCode, type AuthErrorFacts } from '../../src/errors.js';
import { refusalOf } from '../../src/transport/edge/errors.js';
import { refusalView } from '../../src/transport/graphql/refusal-view.js';
import { createSchema } from '../../src/transport/graphql/schema.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ERRORS = join(root, 'src/errors.ts');
const ANSWERS = join(root, 'src/transport/edge/errors.ts');
const VIEWS = join(root, 'src/transport/graphql/refusal-view.ts');
const TYPES = join(root, 'src/transport/graphql/types/refusals.ts');

const FACTS: AuthErrorFacts = {
  INVALID_INPUT: { issues: [{ path: ['email'], message: 'email is required.' }] },
  WEAK_PASSWORD: { breached: true, minLength: 8, why: 'Too well known.' },
  EMAIL_TAKEN: {},
  SIGNUP_DISABLED: {},
  INVALID_CREDENTIALS: { provider: 'google' },
  LOGIN_DENIED: { why: 'The account is disabled.', reference: '0199' },
  LOGIN_CANCELLED: {},
  IDENTITY_TAKEN: {},
  LAST_WAY_IN: {},
  RATE_LIMITED: { retryAfterSeconds: 3 },
  SESSION_ENDED: { reason: 'LOGOUT' },
  STALE_REFRESH_TOKEN: {},
  INVALID_REFRESH_TOKEN: {},
  NOT_FOUND: { what: 'You have no such device.' },
  UNAUTHENTICATED: { why: 'Sign in first.', presented: false },
  FORBIDDEN: { why: 'Not from here.' },
  UNAVAILABLE: { retryAfterSeconds: 2 },
};
const CODES = Object.keys(FACTS) as AuthErrorCode[];
const TOP_LEVEL_ONLY = ['LOGIN_CANCELLED', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE'];

function refused(code: AuthErrorCode, facts: object): AuthError {
  const create = AuthError as unknown as new (code: AuthErrorCode, facts: object) => AuthError;
  return new create(code, facts);
}

describe('what a client is shown of a refusal', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });

  it.each(CODES.filter((code) => !TOP_LEVEL_ONLY.includes(code)))(
    'is what the schema promises of it, and no other fact: %s',
    (code) => {
      const error = refused(code, { ...FACTS[code], hint: 'for operators', message: 'not this', __typename: 'Other' });
      const view = refusalView(error, refusalOf(error).message);
      const name = code.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const type = schema.getType(name);
      if (!isObjectType(type)) throw new Error(`The schema has no ${name}.`);

      expect(Object.keys(view ?? {}).sort()).toEqual(['__typename', ...Object.keys(type.getFields())].sort());
      expect(view).toMatchObject({ __typename: name, code });
      expect(view?.message).not.toBe('not this');
    },
  );

  it.each(TOP_LEVEL_ONLY)('is never part of a result: %s', (code) => {
    expect(refusalView(refused(code as AuthErrorCode, FACTS[code as AuthErrorCode]), '')).toBeNull();
  });
});

/** What the compiler says of the two tables of answers, where one source differs from what is committed. */
function createChecker(): (change?: Change) => Record<'answers' | 'views', string> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [VIEWS, ANSWERS] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const parsed = new Map<string, ts.SourceFile | undefined>();

  return (change) => {
    const changed = change && ts.createSourceFile(change.file, changedSource(change), ts.ScriptTarget.ES2023);
    const program = ts.createProgram({
      rootNames: [VIEWS, ANSWERS],
      options,
      host: {
        ...host,
        getSourceFile(path, ...rest) {
          if (changed && path === change.file) return changed;
          if (!parsed.has(path)) parsed.set(path, host.getSourceFile(path, ...rest));
          return parsed.get(path);
        },
      },
    });
    return { answers: complaints(program, ANSWERS), views: complaints(program, VIEWS) };
  };
}

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function changedSource({ file, from, to }: Change): string {
  const source = readFileSync(file, 'utf8');
  if (!source.includes(from)) throw new Error(`${file} does not hold: ${from}`);
  return source.replace(from, to);
}

function complaints(program: ts.Program, file: string): string {
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    .join('\n');
}

describe('the answers to refusals', () => {
  let check: ReturnType<typeof createChecker>;
  beforeAll(() => {
    check = createChecker();
  });

  it('compile as they are', () => {
    expect(check()).toEqual({ answers: '', views: '' });
  });

  it.each<[what: string, change: Change, complaint: RegExp]>([
    [
      'a fact has another name',
      { file: ERRORS, from: 'SESSION_ENDED: { readonly reason:', to: 'SESSION_ENDED: { readonly cause:' },
      /'reason' does not exist/,
    ],
    [
      'a fact is missing',
      { file: ERRORS, from: 'readonly why: string; readonly reference: string', to: 'readonly why: string' },
      /'reference' does not exist/,
    ],
    [
      'a fact may be absent',
      {
        file: ERRORS,
        from: 'RATE_LIMITED: { readonly retryAfterSeconds:',
        to: 'RATE_LIMITED: { readonly retryAfterSeconds?:',
      },
      /'retryAfterSeconds' are incompatible/,
    ],
    [
      'a fact is of another type',
      { file: ERRORS, from: 'readonly minLength: number', to: 'readonly minLength: string' },
      /'string' is not assignable to type 'number'/,
    ],
    [
      'a type promises what no fact tells',
      { file: TYPES, from: '  reason!: SessionEndReason;', to: '  reason!: SessionEndReason;\n  endedAt!: Date;' },
      /'endedAt' is missing/,
    ],
  ])('do not compile where %s', (_, change, complaint) => {
    expect(check(change).views).toMatch(complaint);
  });

  it('do not compile where a code has none', () => {
    const added = { file: ERRORS, from: '  EMAIL_TAKEN: NoFacts;', to: '  EMAIL_TAKEN: NoFacts;\n  MOVED: NoFacts;' };
    const { answers, views } = check(added);
    expect(answers).toMatch(/'MOVED' is missing/);
    expect(views).toMatch(/'MOVED' is missing/);
  });
});
