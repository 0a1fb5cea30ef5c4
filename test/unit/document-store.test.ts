import { GraphQLError, parse, visit, type DocumentNode } from 'graphql';
import { createDocumentStore } from '../../src/transport/graphql/document-store.js';

type Store = ReturnType<typeof createDocumentStore>;

/** As Apollo Server does with each request. @returns whether the document had to be parsed. */
async function send(store: Store, source: string): Promise<boolean> {
  if (await store.get(source)) return false;
  await store.set(source, parse(source));
  return true;
}

async function keptOf(store: Store, sources: readonly string[]): Promise<number> {
  const found = await Promise.all(sources.map((source) => store.get(source)));
  return found.filter((document) => document !== undefined).length;
}

const small = (nth: number) => `{ a${nth}: me { id } }`;
const large = (nth: number) => `{ a${nth}: me { ${'__typename '.repeat(290)} } }`;
const many = (count: number, document: (nth: number) => string) =>
  Array.from({ length: count }, (_, nth) => document(nth));

describe('the documents that are kept', () => {
  it('are those that come again: parsed twice, and never after', async () => {
    const store = createDocumentStore();
    const parsed = [];
    for (let time = 0; time < 5; time += 1) parsed.push(await send(store, '{ me { id } }'));
    expect(parsed).toEqual([true, true, false, false, false]);
  });

  it('are not pushed out by any number of others that come once', async () => {
    const store = createDocumentStore();
    const honest = many(50, (nth) => `query honest${nth} { me { id } }`);
    for (const source of [...honest, ...honest]) await send(store, source);
    for (const source of many(10_000, small)) await send(store, source);
    expect(await keptOf(store, honest)).toBe(honest.length);
  });

  it('are not pushed out by others that come twice, where they are sent meanwhile', async () => {
    const store = createDocumentStore();
    const honest = 'query honest { me { id } }';
    let parsed = 0;
    for (const [nth, source] of many(5_000, small).entries()) {
      await send(store, source);
      await send(store, source);
      if (nth % 100 === 0 && (await send(store, honest))) parsed += 1;
    }
    expect(parsed).toBe(2);
  });

  it.each([
    ['a thousand small ones', 1_000, small],
    ['eight megabytes of large ones, some 200 kB each', 40, large],
  ])('are at most %s', async (_, most, document) => {
    const store = createDocumentStore();
    const sources = many(2_000, document);
    for (const source of sources) {
      await send(store, source);
      await send(store, source);
    }
    const kept = await keptOf(store, sources);
    expect(kept).toBeLessThanOrEqual(most);
    expect(kept).toBeGreaterThan(most / 2);
  });

  it('count by their source too, however few nodes it has', async () => {
    const store = createDocumentStore();
    const sources = many(1_000, (nth) => `{ a${nth}: __typename } # ${'x'.repeat(15_000)}`);
    for (const source of [...sources, ...sources]) await send(store, source);
    const kept = await keptOf(store, sources);
    expect(kept).toBeGreaterThan(100);
    expect(kept).toBeLessThan(300);
  });
});

describe('a document that has been looked at', () => {
  async function lookedAt(source: string): Promise<DocumentNode> {
    const document = parse(source);
    await createDocumentStore().set('key', document);
    return document;
  }

  it('holds none of its tokens and comments, though nobody has sent it before', async () => {
    const tokens: unknown[] = [];
    visit(await lookedAt(`# one\n{ me { id } } # two`), {
      enter: ({ loc }) => void tokens.push(loc?.startToken, loc?.endToken),
    });
    expect(tokens.filter(Boolean)).toEqual([]);
    expect(tokens.length).toBeGreaterThan(0);
  });

  it('still tells where an error is', async () => {
    const source = '# one\n\n{\n  me { id }\n}';
    const [operation] = (await lookedAt(source)).definitions;
    expect(new GraphQLError('here', { nodes: operation ?? null }).locations).toEqual([{ line: 3, column: 1 }]);
  });
});
