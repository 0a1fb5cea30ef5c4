import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DCLinter } from 'dclint';
import { parse, parseAllDocuments } from 'yaml';
import { kubernetesProblems, type Manifest } from '../support/kubernetes-schemas.js';

interface Lint {
  readonly messages: readonly { readonly message: string }[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFileSync(join(root, path), 'utf8');

describe('deploy/kubernetes', () => {
  const files = readdirSync(join(root, 'deploy/kubernetes'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );
  const whole = files.filter((file) => !/kustomization\.yaml$|\.patch\.yaml$/.test(file));
  const manifestsOf = (file: string) =>
    parseAllDocuments(text(`deploy/kubernetes/${file}`), { version: '1.1' }).map(
      (document) => document.toJS() as Manifest,
    );

  it.each(whole)('%s is what the published schemas say', async (file) => {
    const manifests = manifestsOf(file);
    expect(manifests.length).toBeGreaterThan(0);
    for (const manifest of manifests) expect(await kubernetesProblems(manifest)).toEqual([]);
  });

  it.each([
    ['fields that there are not', 'readOnlyRootFilesystem:', 'readOnly:', /'"readOnly"' does not exist/],
    ['values of another type', 'maxSkew: 1', 'maxSkew: one', /must be integer/],
    ['what is missing', 'name: secrets\n              mountPath', 'mountPath', /required property name/],
    ['kinds that there are not', 'kind: Deployment', 'kind: Deploymint', /Deploymint/],
  ])('is checked for %s', async (_, right, wrong, problem) => {
    const deployment = text('deploy/kubernetes/base/deployment.yaml');
    expect(deployment).toContain(right);
    const broken = parse(deployment.replace(right, wrong)) as Manifest;
    expect((await kubernetesProblems(broken)).join('\n')).toMatch(problem);
  });

  const kustomizations = files.filter((file) => file.endsWith('kustomization.yaml'));

  it.each(kustomizations)('%s names files that are there', (file) => {
    const folder = join(root, 'deploy/kubernetes', file, '..');
    const {
      resources,
      patches = [],
      configMapGenerator,
    } = parse(text(`deploy/kubernetes/${file}`)) as {
      readonly resources: readonly string[];
      readonly patches?: readonly { readonly path: string }[];
      readonly configMapGenerator: readonly { readonly envs: readonly string[] }[];
    };
    const named = [...resources, ...patches.map(({ path }) => path), ...configMapGenerator.flatMap(({ envs }) => envs)];
    expect(named.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  });

  it('patches what is in the base, into what the published schemas say', async () => {
    const patches = files.filter((file) => file.endsWith('.patch.yaml')).flatMap(manifestsOf);
    expect(patches.length).toBeGreaterThan(0);
    const base = whole.filter((file) => file.startsWith('base/')).flatMap(manifestsOf);
    const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${(metadata as { readonly name: string }).name}`;
    for (const patch of patches) {
      const target = base.find((manifest) => nameOf(manifest) === nameOf(patch));
      expect(target).toBeDefined();
      expect(await kubernetesProblems(merged(target, patch) as Manifest)).toEqual([]);
    }
  });
});

/** A patch as kustomize applies it where nothing merges lists, as nothing in a NetworkPolicy does. */
function merged(base: unknown, patch: unknown): unknown {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(patch)) return patch;
  return {
    ...base,
    ...Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, merged(base[key], value)])),
  };
}

describe('compose.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fluxgate-compose-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What the schema of the Compose specification and the linter's own rules find; in which order things come is ours. */
  function lint(content: string): string[] {
    const path = join(folder, 'compose.yaml');
    writeFileSync(path, content);
    const linter = new DCLinter({
      quiet: true,
      debug: false,
      exclude: [],
      rules: {
        'service-dependencies-alphabetical-order': 0,
        'service-keys-order': 0,
        'services-alphabetical-order': 0,
        'top-level-properties-order': 0,
      },
    });
    return (linter.lintFiles([path], false) as readonly Lint[]).flatMap(({ messages }) =>
      messages.map(({ message }) => message),
    );
  }

  it('is what the Compose specification says', () => {
    expect(lint(text('compose.yaml'))).toEqual([]);
  });

  it.each([
    ['a key that there is not', 'read_only: true', 'readonly: true'],
    ['a value of another type', 'read_only: true', 'read_only: [yes]'],
    ['a port open to everybody', "'127.0.0.1:4000:4000'", "'4000:4000'"],
    ['an image without a version', 'postgres:18.4-bookworm', 'postgres:latest'],
  ])('is checked for %s', (_, right, wrong) => {
    expect(text('compose.yaml')).toContain(right);
    expect(lint(text('compose.yaml').replace(right, wrong))).not.toEqual([]);
  });
});
