import { existsSync, readFileSync } from 'node:fs';
import { inProject, isEntryPoint, runTool, ToolError } from './project.mjs';

/** What whoever runs or passes Fluxgate on can meet by passing its texts on; MPL-2.0 also by leaving the files as they are. */
const ALLOWED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0'];

/**
 * Others, each with the packages that may have it, and why.
 *
 * @type {readonly { license: string, packages: readonly string[], onlyDev: boolean, why: string }[]}
 */
const EXCEPTIONS = [
  { license: '0BSD', packages: ['tslib'], onlyDev: false, why: 'asks for less than MIT: nothing' },
  {
    license: 'BlueOak-1.0.0',
    packages: ['lru-cache'],
    onlyDev: false,
    why: 'asks for what MIT does, in plainer words',
  },
  {
    license: 'BlueOak-1.0.0',
    packages: [
      '@isaacs/nonrecursive-glob-match',
      'glob',
      'graceful-fs',
      'jackspeak',
      'minimatch',
      'minipass',
      'package-json-from-dist',
      'path-scurry',
    ],
    onlyDev: true,
    why: 'the same, in what Jest and the checks bring along',
  },
  {
    license: 'Python-2.0',
    packages: ['argparse'],
    onlyDev: true,
    why: 'permissive; by way of dclint, which checks compose.yaml',
  },
  {
    license: 'CC0-1.0',
    packages: ['railroad-diagrams'],
    onlyDev: true,
    why: 'public domain; by way of kubernetes-models',
  },
  { license: 'CC-BY-4.0', packages: ['caniuse-lite'], onlyDev: true, why: 'data, by way of Jest; asks to be named' },
  { license: 'Zlib', packages: ['pako'], onlyDev: true, why: 'permissive; part of what it was made from' },
];

/** @typedef {{ license?: string, dev?: boolean, link?: boolean }} Locked */

/**
 * @param {Readonly<Record<string, Locked>>} packages `packages` of a package-lock.json
 * @param {(path: string) => string | undefined} [installed] what a package says of itself, where it is installed
 * @returns {string[]} a sentence for each package that has no license of the list, and for each exception that nobody needs
 */
export function licenseProblems(packages, installed = () => undefined) {
  /** @type {Set<string>} */
  const used = new Set();
  const problems = Object.entries(packages).flatMap(([path, { license: locked, dev = false, link = false }]) => {
    if (link || !path.includes('node_modules/')) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const license = installed(path) ?? locked;
    if (license === undefined) return [`${name} says nothing of its license`];
    const isAllowed = (/** @type {string} */ one) => {
      if (ALLOWED.includes(one)) return true;
      const exception = EXCEPTIONS.find(
        ({ license, packages, onlyDev }) => license === one && packages.includes(name) && (dev || !onlyDev),
      );
      if (exception) used.add(`${one} ${name}`);
      return exception !== undefined;
    };
    return holds(license, isAllowed) ? [] : [`${name} is under ${license}${dev ? ', in development' : ''}`];
  });
  const stale = EXCEPTIONS.flatMap(({ license, packages: names }) =>
    names.filter((name) => !used.has(`${license} ${name}`)).map((name) => `no ${name} is under ${license} any more`),
  );
  return [...problems, ...stale];
}

/**
 * An SPDX expression of one level: all parts of an AND, or any of an OR.
 *
 * @param {string} expression
 * @param {(license: string) => boolean} isAllowed
 */
function holds(expression, isAllowed) {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((all) => all.split(' AND ').every(isAllowed));
}

/**
 * @param {string} path inside the project
 * @returns {string | undefined} undefined too for a package of another platform
 */
function readInstalled(path) {
  const manifest = inProject(`${path}/package.json`);
  if (!existsSync(manifest)) return undefined;
  const { license } = /** @type {{ license?: unknown }} */ (JSON.parse(readFileSync(manifest, 'utf8')));
  return typeof license === 'string' ? license : undefined;
}

if (isEntryPoint(import.meta.url)) {
  await runTool(() => {
    const { packages } = /** @type {{ packages: Record<string, Locked> }} */ (
      JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8'))
    );
    const problems = licenseProblems(packages, readInstalled);
    if (problems.length > 0) throw new ToolError(problems.join('\n'));
    return Promise.resolve();
  });
}
