import { readdirSync, readFileSync } from 'node:fs';

const DOCUMENT = new URL('../../docs/attacks.md', import.meta.url);
const text = readFileSync(DOCUMENT, 'utf8');
const inDocs = (path: string) => new URL(path, DOCUMENT);

interface Case {
  readonly number: number;
  readonly tests: readonly { readonly path: string; readonly name: string }[];
}

const cases: readonly Case[] = text
  .split(/^(?=\*\*\d+\.\*\*)/m)
  .slice(1)
  .map((part) => ({
    number: Number.parseInt(part.slice(2), 10),
    tests: [...part.matchAll(/^- \[[\w-]+\]\((\S+)\): "(.*)"$/gm)].map(([, path = '', name = '']) => ({ path, name })),
  }));
const tests = cases.flatMap(({ number, tests: ofCase }) => ofCase.map((test) => ({ number, ...test })));

describe('docs/attacks.md', () => {
  it('numbers its cases once each, in order', () => {
    const numbers = cases.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.length).toBeGreaterThan(30);
  });

  it('has a test for each case, and says which in no other form', () => {
    expect(cases.filter((each) => each.tests.length === 0)).toEqual([]);
    expect(tests).toHaveLength(text.match(/^- /gm)?.length ?? 0);
  });

  it.each(tests)('names a test that there is for $number: $name', ({ path, name }) => {
    const source = readFileSync(inDocs(path), 'utf8').replaceAll('\\', '');
    expect(source).toContain(name);
  });

  it('leaves out no test that was written for a case', () => {
    const files = readdirSync(inDocs('../test/attacks'));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !tests.some(({ path }) => path.endsWith(`/attacks/${file}`)))).toEqual([]);
  });
});
