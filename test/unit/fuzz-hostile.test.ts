import { HOSTILE_KINDS } from '../../fuzz/hostile/kinds.ts';
import { treeOf } from '../../fuzz/hostile/resident.ts';
import { brokenPromises, FAULT, type HostileFigures } from '../../fuzz/hostile/verdict.ts';

const GOOD: HostileFigures = {
  quiet: { p50Ms: 5, p99Ms: 10, longestMs: 20 },
  beside: { p50Ms: 5, p99Ms: 30, longestMs: 900 },
  resident: { gatewayMb: 512, withDatabaseMb: 700 },
  isAlive: true,
};

describe('the verdict on hostile requests', () => {
  it('is nothing where memory and refreshes stay within what is allowed', () => {
    expect(brokenPromises(GOOD, { 'documents of comments: 400': 10 })).toEqual([]);
  });

  it.each([
    ['refreshes that took longer', { ...GOOD, beside: { p50Ms: 5, p99Ms: 31, longestMs: 31 } }, {}, '3.1 times'],
    ['refreshes that were refused', { ...GOOD, beside: null }, {}, 'were refused'],
    ['memory beyond it', { ...GOOD, resident: { gatewayMb: 513, withDatabaseMb: 513 } }, {}, '513 MB'],
    ['a gateway that has ended', { ...GOOD, isAlive: false }, {}, 'has ended'],
    ['an answer that must not be', GOOD, { [`dates out of range: ${FAULT} 500: {}`]: 3 }, '3 times dates out of range'],
  ])('tells of %s', (_, figures, counts, sentence) => {
    expect(brokenPromises(figures, counts)).toEqual([expect.stringContaining(sentence)]);
  });
});

describe('hostile requests', () => {
  it('are never the same document twice, where it is documents that are to fill the memory', () => {
    for (const kind of HOSTILE_KINDS.filter(({ name }) => name.startsWith('documents'))) {
      const sent = [1, 2].map((nth) => kind.bytes({ accessToken: 'a', nth }).toString());
      expect(sent[0]).not.toBe(sent[1]);
    }
  });

  it('say their length as it is', () => {
    for (const kind of HOSTILE_KINDS) {
      const [head = '', body = ''] = kind.bytes({ accessToken: 'a', nth: 1 }).toString().split('\r\n\r\n');
      expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    }
  });
});

describe('the processes of a tree', () => {
  it('are the first, what it started, and what those started', () => {
    const parents = new Map([
      [1, 0],
      [10, 1],
      [11, 10],
      [12, 11],
      [20, 1],
    ]);
    expect(treeOf(10, parents)).toEqual([10, 11, 12]);
    expect(treeOf(20, parents)).toEqual([20]);
  });
});
