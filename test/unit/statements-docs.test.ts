import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
const section = contributing.split('## Entities, and what stays SQL')[1]!.split('\n## ')[0]!;
const listed = [...section.matchAll(/^\| `([a-z-]+)` +\| (.+?) +\|$/gm)].map(([, name, why]) => ({ name, why }));

const sources = globSync('src/**/*.ts', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));
const MOST_STATEMENTS = 25;

/** Where a statement is given its name; a name may say of which table it is. */
const STATEMENT = /\b(?:statement|hotStatement)\(\s*(['`])([a-z-]+)(?: of \$\{\w+\})?\1/g;
const NAMELESS = /\b(?:statement|hotStatement)\((?!\s*['`][a-z-]+(?: of \$\{\w+\})?['`],)/;
/** Other ways to the database. */
const BYPASS = /\bgetKysely\(|\.getConnection\(\)|\.execute\(|\.query\(|\bnew pg\.|CompiledQuery|getNativeClient/;
/** What stands below the entities, or asks a server about itself. */
const OWN_CONNECTION = /^src\/(storage|installation|cli\/doctor)\//;

describe('the SQL in the sources', () => {
  it('is listed in CONTRIBUTING, each statement with why it is none of an entity', () => {
    const found = sources.flatMap(({ text }) => [...text.matchAll(STATEMENT)].map(([, , name]) => name));
    expect(found.toSorted()).toEqual(listed.map(({ name }) => name).toSorted());
    for (const { why } of listed) expect(why!.length).toBeGreaterThan(15);
    expect(found.length).toBeLessThanOrEqual(MOST_STATEMENTS);
    expect(new Set(found).size).toBe(found.length);
  });

  it('has a name wherever it is written', () => {
    const nameless = sources.filter(({ text }) => NAMELESS.test(text)).map(({ path }) => path);
    expect(nameless.toSorted()).toEqual(['src/storage/compiled-read.ts', 'src/storage/sql.ts']);
  });

  it('reaches the database by no other way', () => {
    const others = sources.filter(({ path, text }) => !OWN_CONNECTION.test(path) && BYPASS.test(text));
    expect(others.map(({ path }) => path)).toEqual([]);
  });
});
