/**
 * Imports point one way: cli, app -> transport -> auth -> domain -> storage. test/unit/import-arrows.test.ts proves that
 * every rule here bites.
 */
const protocols = 'node_modules/(fastify|@fastify|@apollo|@as-integrations|graphql|type-graphql)';
const shared = '((deps|request-meta)\\.ts$|steps/)';

/**
 * @typedef {Record<string, unknown>} Condition
 * @type {(name: string, from: Condition, to: Condition, comment: string) => object}
 */
const never = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

/**
 * What a room of src may import from src, beside itself.
 *
 * @type {(name: string, room: string, allowed: string, comment: string) => object}
 */
const only = (name, room, allowed, comment) =>
  never(name, { path: `^src/${room}/` }, { path: `^src/(?!${room}/|${allowed})` }, comment);

module.exports = {
  forbidden: [
    never('no-cycles', {}, { circular: true }, 'Break the cycle; entities keep only the many-to-one side.'),
    only('transport-speaks-only-to-auth', 'transport', '(auth/|errors\\.ts$)', 'Call a use-case in src/auth.'),
    never(
      'edge-knows-no-protocol-of-ours',
      { path: '^src/transport/edge/' },
      { path: '^src/transport/(?!edge/)' },
      'What is in edge serves every protocol alike.',
    ),
    never(
      'protocols-stand-alone',
      { path: '^src/transport/(http|graphql)/' },
      { path: '^src/transport/', pathNot: '^src/transport/($1|edge)/' },
      'What two protocols need is in edge; server.ts, which wires them, stands above.',
    ),
    only(
      'use-cases-look-down-only',
      'auth',
      '(domain/|storage/entities/|errors\\.ts$)',
      'Return data or throw AuthError; a query lives in the use-case or in a noun.',
    ),
    never('auth-knows-no-protocol', { path: '^src/auth/' }, { path: protocols }, 'Return data or throw AuthError.'),
    never(
      'use-cases-do-not-call-each-other',
      { path: '^src/auth/' },
      { path: `^src/auth/(?!${shared})` },
      'Share a domain function.',
    ),
    only('domain-looks-down-only', 'domain', '(storage/|errors\\.ts$)', 'Take it as an argument.'),
    never('domain-knows-no-protocol', { path: '^src/domain/' }, { path: protocols }, 'Take it as an argument.'),
    never(
      'nouns-stand-alone',
      { path: '^src/domain/([^/]+?)(/|\\.ts$)' },
      { path: '^src/domain/', pathNot: '^src/domain/$1(/|\\.ts$)' },
      'The use-case joins two nouns.',
    ),
    only('storage-is-the-floor', 'storage', '(errors\\.ts$)', 'Storage imports nothing above it.'),
    only('installation-stands-alone', 'installation', '(errors\\.ts$)', 'Take it as an argument.'),
    never(
      'installation-is-the-command-line-s',
      { path: '^src/', pathNot: '^src/(cli|installation)/' },
      { path: '^src/installation/' },
      'A server is given its database and its secret.',
    ),
    only('jobs-call-auth', 'jobs', '(auth/|errors\\.ts$)', 'Call a use-case in src/auth.'),
    only('outbound-is-wired-in-app', 'outbound', '(errors|auth/deps)\\.ts$', 'Implement a function type of auth/deps.'),
    never(
      'packages-stand-alone',
      { path: '^src/(client|verify)/' },
      { path: '^src/', pathNot: '^src/$1/' },
      'They are published on their own.',
    ),
    never(
      'telemetry-is-wired-in-app',
      { path: '^src/', pathNot: '^src/(app(-database)?\\.ts$|cli/|telemetry/)' },
      { path: '^src/telemetry/' },
      'Take what watches as an argument.',
    ),
    never(
      'opentelemetry-loads-when-asked-for',
      { path: '^src/', pathNot: '^src/telemetry/traces/' },
      {
        path: '^src/telemetry/traces/|node_modules/@opentelemetry/',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
      'Import it dynamically: without a collector nothing of it is loaded.',
    ),
    never('errors-stand-alone', { path: '^src/errors\\.ts$' }, { path: '^src/' }, 'Everything imports it.'),
    never(
      'only-cli-builds-the-app',
      { path: '^src/', pathNot: '^src/(cli/|app\\.ts$)' },
      { path: '^src/app\\.ts$' },
      'Take Deps as an argument.',
    ),
    never(
      'commands-load-when-they-run',
      { path: '^src/(main|cli/(program|help))\\.ts$' },
      { path: '^src/(?!(cli/(program|help)|errors|version)\\.ts$)', dynamic: false },
      'Import it dynamically: --help and --version answer at once.',
    ),
    never(
      'cli-is-the-edge',
      { path: '^src/', pathNot: '^src/(main\\.ts$|cli/)' },
      { path: '^src/cli/' },
      'Commands are entry points.',
    ),
    never(
      'config-is-read-at-the-edge',
      { path: '^src/', pathNot: '^src/(main\\.ts$|app(-database)?\\.ts$|cli/|config\\.ts$|config/)' },
      { path: '^src/config(\\.ts$|/)' },
      'Take the setting as an argument.',
    ),
    never('migrations-are-frozen', { path: '^migrations/' }, { path: '^src/' }, 'Code moves on, a migration does not.'),
    never('src-needs-no-tools', { path: '^(src|migrations)/' }, { path: '^(test|tools|bin)/' }, 'It is not shipped.'),
    never(
      'src-runs-without-dev-dependencies',
      { path: '^(src|migrations)/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
      'npm ci --omit=dev must be enough to run it.',
    ),
    never('no-unresolvable', {}, { couldNotResolve: true }, 'It would not start.'),
    never('no-orphans', { orphan: true, pathNot: '\\.d\\.ts$|/browser/' }, {}, 'Dead file.'),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
