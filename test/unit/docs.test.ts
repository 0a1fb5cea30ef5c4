import { readdirSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { SETTINGS } from '../../src/config.js';
import { POLICIES } from '../../src/domain/rate-limit/policies.js';
import { measuredRows } from '../support/bench-table.js';
import { brokenLinks, linksOf } from '../support/broken-links.js';
import { fenced, readPage, section, tableRows } from '../support/readme.js';

const inDocs = readdirSync(new URL('../../docs', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => `docs/${path.replaceAll('\\', '/')}`);
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'load-tests/README.md', ...inDocs];

describe('docs/README.md', () => {
  it('lists every page in docs/ once, with whom it is for', () => {
    const listed = tableRows(readPage('docs/README.md')).map(([page = '', reader = '']) => {
      expect(reader).toMatch(/^who /);
      return linksOf(page).map((link) => `docs/${link}`);
    });
    expect(listed.flat().toSorted()).toEqual(inDocs.filter((page) => page !== 'docs/README.md').sort());
  });
});

describe('docs/configuration.md', () => {
  const page = readPage('docs/configuration.md');

  it('lists every setting there is, with its default and meaning', () => {
    const documented = SETTINGS.map((setting) => [`\`${setting.name}\``, setting.default, setting.meaning]);
    expect(tableRows(section('Settings', page))).toEqual(documented);
  });

  it('says of each secret, and of nothing else, that it may be in a file', () => {
    const paragraph = page.split('\n\n').find((text) => text.includes('`_FILE`')) ?? '';
    const named = [...paragraph.matchAll(/`([A-Z][^`]+)`/g)].map(([, name]) => name);
    expect(named).toEqual(SETTINGS.filter(({ isSecret }) => isSecret).map(({ name }) => name));
  });
});

describe('docs/security-model.md', () => {
  it('lists every limit there is, with its points and window', () => {
    const limits = Object.entries(POLICIES).map(([name, { points, windowSeconds }]) => [
      `\`${name}\``,
      String(points),
      `${windowSeconds} s`,
    ]);
    const documented = tableRows(section('Limits', readPage('docs/security-model.md')));
    expect(documented.map(([name, , , ...numbers]) => [name, ...numbers])).toEqual(limits);
  });
});

describe('docs/benchmarks/README.md', () => {
  it('tells what the kept run of the bench has measured, its misses too', () => {
    expect(tableRows(readPage('docs/benchmarks/README.md'))).toEqual(measuredRows());
  });
});

describe('a link', () => {
  it.each([
    ['docs/clients.md', 'nothing.md'],
    ['docs/clients.md', 'operations.md#nowhere'],
    ['docs/clients.md', '#nowhere'],
    ['docs/clients.md', '../schema.graphql#type'],
    ['README.md', 'operations.md'],
  ])('of %s to %s leads nowhere', (path, link) => {
    expect(brokenLinks(path, `# Here\n\n[there](${link})`)).toEqual([link]);
  });

  it.each([
    ['docs/clients.md', 'operations.md#what-to-watch'],
    ['docs/clients.md', '#all-of-it-keys-and-fgr_-1'],
    ['README.md', 'docs/operations.md'],
    ['README.md', 'https://example.com/nothing.md#nowhere'],
  ])('of %s to %s leads somewhere', (path, link) => {
    const headings = '# All of it: keys, and `fgr_`\n\n## All of it: keys, and `fgr_`';
    expect(brokenLinks(path, `${headings}\n\n[there](${link}), not \`[here](code.md)\``)).toEqual([]);
  });
});

describe.each(pages)('%s', (path) => {
  const text = readPage(path);

  it('links to nothing that is missing', () => {
    expect(brokenLinks(path, text)).toEqual([]);
  });

  it('names settings that exist, wherever it speaks of one', () => {
    const known = SETTINGS.flatMap(({ name, isSecret }) => (isSecret ? [name, `${name}_FILE`] : [name]));
    const named = text.match(/\b(FLUXGATE|DATABASE)_[A-Z_]+[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

it('the documentation shows GraphQL that the schema takes', () => {
  const schema = buildSchema(readPage('schema.graphql'));
  const documents = pages.flatMap((path) => fenced('graphql', readPage(path)));
  expect(documents.length).toBeGreaterThan(1);
  expect(documents.flatMap((document) => validate(schema, parse(document)))).toEqual([]);
});
