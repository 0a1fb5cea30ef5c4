import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes, type LoadHookSync, type ResolveHookSync } from 'node:module';
import { fileURLToPath, pathToFileURL, URL } from 'node:url';
import { parse } from 'acorn';
import type { Problems } from './failure.ts';
import type { K6Modules } from './modules/all.ts';

/** The newest syntax that every k6 of 1.x and 2.x parses. */
const ECMASCRIPT = 2022;

/** Marks the URL of a script, and keeps each VU's copy of it apart: a VU has a JavaScript runtime of its own. */
const VU_PARAMETER = 'vu';
const K6_SCHEME = 'k6-stand-in:';
/** Where the generated source of a k6 module finds the real one. */
const SHARED = Symbol.for('k6-stand-in');

export type Script = Readonly<Record<string, unknown>>;

/**
 * Resolves and loads modules for scripts the way k6 does: whole file names, k6's own modules, nothing from npm or Node,
 * types stripped and not checked.
 *
 * @returns imports a script anew for one VU
 */
export function hookModules(modules: K6Modules, problems: Problems): (path: string, vuId: number) => Promise<Script> {
  Object.assign(globalThis, { [SHARED]: modules });
  registerHooks({ resolve: resolver(modules, problems), load: loader(modules, problems) });
  return (path, vuId) => import(`${pathToFileURL(path).href}?${VU_PARAMETER}=${vuId}`) as Promise<Script>;
}

function resolver(modules: K6Modules, problems: Problems): ResolveHookSync {
  return (specifier, context, next) => {
    const importer = context.parentURL ?? '';
    if (isScript(specifier)) return { url: specifier, format: 'module', shortCircuit: true };
    if (!isScript(importer)) return next(specifier, context);
    if (modules.has(specifier)) return { url: `${K6_SCHEME}${specifier}`, format: 'module', shortCircuit: true };

    const wrong = (why: string): never => problems.refuse('not-provided', `import '${specifier}': ${why}`);
    if (/^k6(\/|$)/.test(specifier)) wrong('the stand-in has no such module; a type is imported with import type');
    if (!/^\.{1,2}\//.test(specifier)) wrong('k6 resolves neither npm packages nor modules of Node');
    if (!/\.(ts|js)$/.test(specifier)) wrong('k6 wants the whole file name, .ts or .js');
    const url = new URL(specifier, importer);
    url.search = new URL(importer).search;
    return { url: url.href, format: 'module', shortCircuit: true };
  };
}

function loader(modules: K6Modules, problems: Problems): LoadHookSync {
  return (url, context, next) => {
    if (url.startsWith(K6_SCHEME)) {
      const source = sourceOfModule(url.slice(K6_SCHEME.length), modules);
      return { format: 'module', source, shortCircuit: true };
    }
    if (!isScript(url)) return next(url, context);
    return { format: 'module', source: sourceOfScript(new URL(url), problems), shortCircuit: true };
  };
}

function isScript(url: string): boolean {
  return url.startsWith('file:') && new URL(url).searchParams.has(VU_PARAMETER);
}

/** @throws Refusal for syntax that is newer than k6 knows, or that is TypeScript's own and not only types */
function sourceOfScript(url: URL, problems: Problems): string {
  const path = fileURLToPath(url);
  const written = readFileSync(path, 'utf8');
  try {
    const source = path.endsWith('.ts') ? stripTypeScriptTypes(written) : written;
    parse(source, { ecmaVersion: ECMASCRIPT, sourceType: 'module' });
    return source;
  } catch (error) {
    return problems.refuse('syntax', `${path} is not ES${ECMASCRIPT}: ${error instanceof Error ? error.message : ''}`);
  }
}

/** An ES module whose exports are the members of one of ours; getters are asked each time. */
function sourceOfModule(name: string, modules: K6Modules): string {
  const members = Object.keys(modules.get(name) ?? {});
  const found = `globalThis[Symbol.for('k6-stand-in')].get(${JSON.stringify(name)})`;
  const exports = members.map((member) =>
    name === 'k6/execution'
      ? `export const ${member} = new Proxy({}, { get: (_, key) => module.${member}[key] });`
      : `export const ${member} = module.${member};`,
  );
  return [`const module = ${found};`, 'export default module;', ...exports].join('\n');
}
