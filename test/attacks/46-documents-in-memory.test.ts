import { cleanUp } from '../support/fluxgate-process.js';
import { startHeapGateway, type HeapGateway } from '../support/heap-gateway.js';

const HEAP_LIMIT_MB = 192;
const DOCUMENTS = 1_008;
const AT_ONCE = 16;
const MOST_GROWTH_BYTES = 8 * 2 ** 20;

const COMMENTS = '\n#'.repeat(5_000); // what a body of 16 KiB has room for
const FIELDS = '__typename '.repeat(290);

/** Each unlike any other, but for those that are sent twice. */
const KINDS: readonly (readonly [kind: string, document: (nth: number) => string])[] = [
  ['that are comments for the most part', (nth) => `{ a${nth}: __typename }${COMMENTS}`],
  ['without a comment', (nth) => `query q${nth} { a${nth}: me { ${FIELDS} } }`],
  ['that are comments for the most part, each of them twice', (nth) => `{ b${nth >> 1}: __typename }${COMMENTS}`],
  ['without a comment, each of them twice', (nth) => `query q${nth >> 1} { b: me { ${FIELDS} } }`],
];

describe('46: thousands of documents that nobody has sent before', () => {
  let gateway: HeapGateway;
  beforeAll(async () => (gateway = await startHeapGateway(HEAP_LIMIT_MB)));
  afterAll(async () => {
    await gateway?.close();
    await cleanUp();
  });

  async function flood(document: (nth: number) => string, from: number): Promise<void> {
    for (let nth = from; nth < from + DOCUMENTS; nth += AT_ONCE) {
      const sent = Array.from({ length: AT_ONCE }, (_, at) => gateway.gql(document(nth + at)));
      for (const { status } of await Promise.all(sent)) expect(status).toBe(200);
    }
  }

  it.each(KINDS)('leave memory flat, and the process alive: documents %s', async (_, document) => {
    await flood(document, 0);
    const bytes = await gateway.usedHeapBytes();
    await flood(document, DOCUMENTS);
    expect((await gateway.usedHeapBytes()) - bytes).toBeLessThan(MOST_GROWTH_BYTES);
  });
});
