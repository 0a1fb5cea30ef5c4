import { batchReads } from '../../src/storage/batch-reads.js';

/** A load whose statements are answered by the test, one at a time. */
function recordedLoad() {
  const sent: { keys: readonly string[]; answer(): void; fail(): void }[] = [];
  const load = (keys: readonly string[]) =>
    new Promise<ReadonlyMap<string, string>>((resolve, reject) => {
      const rows = keys.filter((key) => key !== 'missing').map((key) => [key, `row ${key}`] as const);
      sent.push({ keys, answer: () => resolve(new Map(rows)), fail: () => reject(new Error('gone')) });
    });
  return { sent, load };
}

/** What has arrived has been sent. */
const turn = async () => {
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('reads that come while one is in the air', () => {
  it('share the next statement, and none joins one that was sent before it came', async () => {
    const { sent, load } = recordedLoad();
    const read = batchReads(load);
    const first = read('a');
    await turn();
    const later = [read('a'), read('b'), read('missing'), read('b')];
    await turn();
    expect(sent.map(({ keys }) => keys)).toEqual([['a']]);

    sent[0]?.answer();
    expect(await first).toBe('row a');
    await turn();
    expect(sent.map(({ keys }) => keys)).toEqual([['a'], ['a', 'b', 'missing']]);
    sent[1]?.answer();
    expect(await Promise.all(later)).toEqual(['row a', 'row b', null, 'row b']);
  });

  it('all fail with the statement that they share, and the next goes on', async () => {
    const { sent, load } = recordedLoad();
    const read = batchReads(load);
    const failing = Promise.allSettled([read('a'), read('b')]);
    await turn();
    const next = read('c');
    sent[0]?.fail();
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    sent[1]?.answer();
    expect(await next).toBe('row c');
  });

  it('do not wait for ever behind one that is never answered', async () => {
    const { sent, load } = recordedLoad();
    const read = batchReads(load);
    void read('silent');
    await turn();
    const next = read('b');
    while (sent.length < 2) await turn();
    sent[1]?.answer();
    expect(await next).toBe('row b');
  });
});
