import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { licenseProblems, type Locked } from '../../tools/licenses.mjs';
import { OPERATIONS } from '../support/operations-walk.js';
import { section, tableRows } from '../support/readme.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const read = <T>(path: string): T => JSON.parse(readFileSync(project + path, 'utf8')) as T;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin: Readonly<Record<string, string>>;
}
interface LockedPackage extends Locked {
  readonly version: string;
  readonly dev?: boolean;
  readonly os?: unknown;
  readonly cpu?: unknown;
}
const manifest = read<Manifest>('package.json');
const { packages } = read<{ readonly packages: Readonly<Record<string, LockedPackage>> }>('package-lock.json');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('the licenses of what is installed', () => {
  it('are of the list, or exceptions that somebody needs', () => {
    expect(licenseProblems(packages)).toEqual([]);
  });

  it.each<[string, Locked, string[]]>([
    ['GPL', { license: 'GPL-3.0-only' }, ['odd is under GPL-3.0-only']],
    ['GPL, in development too', { license: 'GPL-3.0-only', dev: true }, ['odd is under GPL-3.0-only, in development']],
    ['none', {}, ['odd says nothing of its license']],
    ['an exception of other packages', { license: 'CC0-1.0', dev: true }, ['odd is under CC0-1.0, in development']],
    ['two, of which one is not', { license: '(MIT AND AGPL-3.0)' }, ['odd is under (MIT AND AGPL-3.0)']],
    ['a choice with one that is', { license: '(GPL-2.0 OR MIT)' }, []],
    ['an obligation of files', { license: 'MPL-2.0' }, []],
  ])('are refused where they are not: %s', (_, odd, problems) => {
    expect(licenseProblems({ ...packages, 'node_modules/fastify/node_modules/odd': odd })).toEqual(problems);
  });

  it('are judged by what a package says itself, and an exception for development is none for what runs', () => {
    const changed = (path: string) => (path === 'node_modules/fastify' ? 'SSPL-1.0' : undefined);
    expect(licenseProblems(packages, changed)).toEqual(['fastify is under SSPL-1.0']);
    const [path] = Object.entries(packages).find(([, { license }]) => license === 'Python-2.0')!;
    expect(licenseProblems({ ...packages, [path]: { license: 'Python-2.0' } })).toEqual([
      'argparse is under Python-2.0',
      'no argparse is under Python-2.0 any more',
    ]);
  });
});

it('npm run sbom writes a CycloneDX bill of all that runs, with hashes, and of nothing else', () => {
  const { status, stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], { cwd: project, encoding: 'utf8' });
  expect(status).toBe(0);
  const bill = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
    readonly components: readonly { readonly purl: string; readonly hashes?: readonly unknown[] }[];
  };
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: manifest.name, version: manifest.version } },
  });
  const listed = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl)));
  const purl = ([path, { version }]: [string, LockedPackage]) => `pkg:npm/${nameOf(path)}@${version}`;
  const installed = Object.entries(packages).filter(([path]) => path.includes('node_modules/'));
  const runs = installed.filter(([, { dev, link, version }]) => dev !== true && link !== true && version !== undefined);
  expect(runs.map(purl).filter((it) => !listed.has(it))).toEqual([]);
  const onlyDev = installed.filter(([, { dev }]) => dev === true).map(purl);
  const others = new Set(runs.map(purl));
  expect(onlyDev.filter((it) => listed.has(it) && !others.has(it))).toEqual([]);
  const unhashed = bill.components.filter(({ hashes }) => (hashes?.length ?? 0) === 0);
  expect(unhashed.filter(({ purl }) => !purl.includes('fluxgate-runtime'))).toEqual([]);
});

describe('the package', () => {
  it('is published by nobody by mistake, and has another name than a stranger’s, whatever its command is called', () => {
    expect(manifest).toMatchObject({ name: 'fluxgate-auth-gateway', private: true });
    expect(Object.keys(manifest.bin)).toEqual(['fluxgate']);
  });

  it.each(['README.md', 'docs/clients.md', 'docs/operations.md', 'load-tests/README.md', 'CONTRIBUTING.md'])(
    'is not mistaken for the stranger’s in %s',
    (page) => {
      const text = readFileSync(project + page, 'utf8');
      expect(text).not.toMatch(
        /npx fluxgate|(npm (i|install|add)|pnpm add|yarn add) fluxgate\b|(from |import\(|resolve\()['"]fluxgate\b/,
      );
    },
  );
});

it('docs/operations.md names where native code comes from, of everything that runs', () => {
  const native = Object.entries(packages).filter(([, { os, cpu, dev }]) => (os ?? cpu) !== undefined && dev !== true);
  const named = tableRows(section('Supply chain', OPERATIONS)).map(([name = '']) =>
    name.replaceAll('`', '').replace('…', ''),
  );
  const unnamed = native.map(([path]) => nameOf(path)).filter((name) => !named.some((start) => name.startsWith(start)));
  expect(native.length).toBeGreaterThan(20);
  expect(unnamed).toEqual([]);
  expect(named.filter((start) => !native.some(([path]) => nameOf(path).startsWith(start)))).toEqual([]);
});
