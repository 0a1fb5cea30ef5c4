import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

interface Cruise {
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What the rules in .dependency-cruiser.cjs say about the tree in `folder`. */
async function cruise(folder: string): Promise<Violation[]> {
  const program = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(project, '.dependency-cruiser.cjs');
  const args = [program, 'src', 'migrations', '--config', config, '--output-type', 'json'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // The exit code is the number of violations; an output that is not JSON is a failure of the tool.
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(stderr, { cause: error }));
    });
  });
  const { summary } = JSON.parse(output) as Cruise;
  return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

/** One import that must be refused, under the rule that refuses it. */
const forbidden: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['transport-speaks-only-to-auth', 'src/transport/server.ts', 'src/domain/session.ts'],
  ['transport-speaks-only-to-auth', 'src/transport/server.ts', 'src/storage/orm.ts'],
  ['transport-speaks-only-to-auth', 'src/transport/server.ts', 'src/outbound/smtp.ts'],
  ['edge-knows-no-protocol-of-ours', 'src/transport/edge/request.ts', 'src/transport/http/errors.ts'],
  ['edge-knows-no-protocol-of-ours', 'src/transport/edge/request.ts', 'src/transport/graphql/context.ts'],
  ['edge-knows-no-protocol-of-ours', 'src/transport/edge/request.ts', 'src/transport/server.ts'],
  ['protocols-stand-alone', 'src/transport/http/errors.ts', 'src/transport/graphql/context.ts'],
  ['protocols-stand-alone', 'src/transport/graphql/context.ts', 'src/transport/http/errors.ts'],
  ['protocols-stand-alone', 'src/transport/http/errors.ts', 'src/transport/server.ts'],
  ['use-cases-look-down-only', 'src/auth/login.ts', 'src/transport/edge/request.ts'],
  ['use-cases-look-down-only', 'src/auth/login.ts', 'src/storage/orm.ts'],
  ['use-cases-look-down-only', 'src/auth/login.ts', 'src/outbound/smtp.ts'],
  ['auth-knows-no-protocol', 'src/auth/login.ts', 'node_modules/fastify/index.js'],
  ['auth-knows-no-protocol', 'src/auth/login.ts', 'node_modules/graphql/index.js'],
  ['use-cases-do-not-call-each-other', 'src/auth/login.ts', 'src/auth/signup.ts'],
  ['use-cases-do-not-call-each-other', 'src/auth/steps/start-session.ts', 'src/auth/signup.ts'],
  ['domain-looks-down-only', 'src/domain/session.ts', 'src/auth/deps.ts'],
  ['domain-looks-down-only', 'src/domain/session.ts', 'src/transport/edge/request.ts'],
  ['domain-knows-no-protocol', 'src/domain/session.ts', 'node_modules/graphql/index.js'],
  ['nouns-stand-alone', 'src/domain/session.ts', 'src/domain/device/device.ts'],
  ['nouns-stand-alone', 'src/domain/device/device.ts', 'src/domain/session.ts'],
  ['storage-is-the-floor', 'src/storage/orm.ts', 'src/domain/user/user.ts'],
  ['installation-stands-alone', 'src/installation/secret-file.ts', 'src/storage/orm.ts'],
  ['installation-is-the-command-line-s', 'src/app.ts', 'src/installation/secret-file.ts'],
  ['jobs-call-auth', 'src/jobs/nightly.ts', 'src/domain/user/user.ts'],
  ['outbound-is-wired-in-app', 'src/outbound/smtp.ts', 'src/auth/signup.ts'],
  ['outbound-is-wired-in-app', 'src/outbound/smtp.ts', 'src/domain/user/user.ts'],
  ['packages-stand-alone', 'src/client/client.ts', 'src/errors.ts'],
  ['packages-stand-alone', 'src/client/client.ts', 'src/verify/verify.ts'],
  ['telemetry-is-wired-in-app', 'src/transport/server.ts', 'src/telemetry/metrics.ts'],
  ['opentelemetry-loads-when-asked-for', 'src/telemetry/open-telemetry.ts', 'src/telemetry/traces/open-traces.ts'],
  ['errors-stand-alone', 'src/errors.ts', 'src/log.ts'],
  ['only-cli-builds-the-app', 'src/main.ts', 'src/app.ts'],
  ['commands-load-when-they-run', 'src/main.ts', 'src/cli/serve.ts'],
  ['commands-load-when-they-run', 'src/cli/program.ts', 'src/cli/users.ts'],
  ['cli-is-the-edge', 'src/app.ts', 'src/cli/serve.ts'],
  ['config-is-read-at-the-edge', 'src/auth/login.ts', 'src/config.ts'],
  ['config-is-read-at-the-edge', 'src/storage/orm.ts', 'src/config/parsers.ts'],
  ['migrations-are-frozen', 'migrations/1-initial.ts', 'src/storage/orm.ts'],
  ['src-needs-no-tools', 'src/main.ts', 'tools/build.mjs'],
  ['src-runs-without-dev-dependencies', 'src/main.ts', 'node_modules/jest/index.js'],
  ['no-unresolvable', 'src/main.ts', './missing.js'],
  ['no-cycles', 'src/domain/ring/one.ts', 'src/domain/ring/two.ts'],
];

const allowed: readonly (readonly [from: string, to: string])[] = [
  ['src/main.ts', 'src/cli/program.ts'],
  ['src/cli/serve.ts', 'src/app.ts'],
  ['src/cli/serve.ts', 'src/config.ts'],
  ['src/app.ts', 'src/transport/server.ts'],
  ['src/app.ts', 'src/storage/orm.ts'],
  ['src/app.ts', 'src/outbound/smtp.ts'],
  ['src/transport/server.ts', 'src/auth/login.ts'],
  ['src/transport/server.ts', 'src/errors.ts'],
  ['src/transport/server.ts', 'src/transport/http/errors.ts'],
  ['src/transport/server.ts', 'src/transport/graphql/context.ts'],
  ['src/transport/http/errors.ts', 'src/transport/edge/errors.ts'],
  ['src/transport/http/rest/routes.ts', 'src/transport/http/errors.ts'],
  ['src/transport/graphql/context.ts', 'src/transport/edge/request.ts'],
  ['src/transport/server.ts', 'node_modules/fastify/index.js'],
  ['src/auth/login.ts', 'src/auth/steps/start-session.ts'],
  ['src/auth/steps/sign-in-identity.ts', 'src/auth/steps/start-session.ts'],
  ['src/auth/operator/sessions.ts', 'src/auth/deps.ts'],
  ['src/cli/secret.ts', 'src/installation/secret-file.ts'],
  ['src/auth/login.ts', 'src/auth/deps.ts'],
  ['src/auth/login.ts', 'src/domain/session.ts'],
  ['src/auth/login.ts', 'src/storage/entities/user.ts'],
  ['src/domain/session.ts', 'src/storage/entities/user.ts'],
  ['src/domain/device/device.ts', 'src/domain/device/recognition.ts'],
  ['src/outbound/smtp.ts', 'src/auth/deps.ts'],
  ['src/storage/orm.ts', 'migrations/1-initial.ts'],
];

const isPackage = (path: string) => path.startsWith('node_modules/');

function specifier(from: string, to: string): string {
  if (isPackage(to)) return to.split('/')[1] ?? to;
  if (to.startsWith('./')) return to;
  const up = '../'.repeat(from.split('/').length - 1);
  return `./${up}${to.replace(/\.ts$/, '.js')}`;
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** A tree of modules that import each other as `arrows` say, and nothing else. */
async function writeTree(folder: string, arrows: readonly (readonly [from: string, to: string])[]): Promise<void> {
  const files = new Map<string, string>();
  for (const [from, to] of arrows) {
    if (!files.has(to) && !to.startsWith('./')) files.set(to, '');
    files.set(from, `${files.get(from) ?? ''}import '${specifier(from, to)}';\n`);
  }
  for (const [path, imports] of files) {
    const content = isPackage(path) ? 'module.exports = {};\n' : `${imports}export const name = '${path}';\n`;
    await write(join(folder, path), content);
    if (isPackage(path)) await write(join(folder, dirname(path), 'package.json'), '{ "main": "index.js" }');
  }
  await write(
    join(folder, 'package.json'),
    '{ "type": "module", "dependencies": { "fastify": "*", "graphql": "*" }, "devDependencies": { "jest": "*" } }',
  );
  await write(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "module": "NodeNext" } }');
  await mkdir(join(folder, 'migrations'), { recursive: true });
}

describe('import arrows', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fluxgate-arrows-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  describe('that point the wrong way', () => {
    const ring = ['src/domain/ring/two.ts', 'src/domain/ring/one.ts'] as const;
    let violations: Violation[];

    beforeAll(async () => {
      const tree = await mkdtemp(join(tmpdir(), 'fluxgate-arrows-'));
      try {
        await writeTree(tree, [...forbidden.map(([, from, to]) => [from, to] as const), ring]);
        await write(join(tree, 'src/domain/alone.ts'), 'export const alone = true;\n');
        violations = await cruise(tree);
      } finally {
        await rm(tree, { recursive: true, force: true });
      }
    });

    it.each(forbidden)('are refused by %s: %s to %s', (rule, from, to) => {
      expect(violations).toContainEqual({ rule, from, to });
    });

    it('are refused by no-orphans where there are none at all', () => {
      expect(violations).toContainEqual(expect.objectContaining({ rule: 'no-orphans', from: 'src/domain/alone.ts' }));
    });

    it('cover every rule', async () => {
      const { default: config } = (await import('../../.dependency-cruiser.cjs')) as {
        default: { forbidden: readonly { readonly name: string }[] };
      };
      const proven = new Set([...forbidden.map(([rule]) => rule), 'no-orphans']);
      expect(config.forbidden.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
    });
  });

  it('pass when they point down', async () => {
    await writeTree(folder, allowed);
    expect(await cruise(folder)).toEqual([]);
  });

  it('all point down in this project', async () => {
    expect(await cruise(project)).toEqual([]);
  });
});
