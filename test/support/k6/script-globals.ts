import { runInNewContext } from 'node:vm';

/** What k6 has beside the language itself. The stand-in defines those that scripts here use. */
const K6_HAS = ['console', '__ENV'];

/** Of the language, but not of k6's engine. */
const ENGINE_LACKS = ['WeakRef', 'FinalizationRegistry', 'Iterator', 'WebAssembly'];

/**
 * Takes away what Node has and k6 has not (`process`, `Buffer`, `fetch`, `URL` …), so that a script that leans on it
 * breaks here too. What this process itself needs it has imported before.
 */
export function removeForeignGlobals(): void {
  const language = new Set(runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]);
  for (const name of Object.getOwnPropertyNames(globalThis))
    if ((!language.has(name) || ENGINE_LACKS.includes(name)) && !K6_HAS.includes(name))
      Reflect.deleteProperty(globalThis, name);
}

/** The variables that the script is given with `-e`. Frozen, so that a script does not come to rely on writing them. */
export function setEnvironment(env: Readonly<Record<string, string>>): void {
  Object.assign(globalThis, { __ENV: Object.freeze({ ...env }) });
}
