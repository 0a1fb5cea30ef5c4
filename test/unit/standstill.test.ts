import { DEFAULT_LIMITS, longestStatementMs } from '../../src/storage/connection.js';
import { longestTransactionMs, seeStandstill, type Standstill } from '../../src/storage/standstill.js';

/** Looks at a pool of two: how many clients are checked out, and how many have ever been given back. */
function looksAt(...sights: readonly (readonly [checkedOut: number, givenBack: number])[]): number {
  const start: Standstill = { looks: 0, givenBack: 0 };
  return sights.reduce(
    (before, [checkedOut, givenBack]) => seeStandstill(before, { places: 2, checkedOut, givenBack }),
    start,
  ).looks;
}

describe('a pool', () => {
  it.each([
    [
      'of which nobody has anything',
      [
        [0, 0],
        [0, 0],
      ],
      0,
    ],
    [
      'that has a place left',
      [
        [1, 0],
        [1, 0],
      ],
      0,
    ],
    ['whose clients have only just been taken', [[2, 0]], 1],
    [
      'that is busy: what is given back is taken again',
      [
        [2, 5],
        [2, 9],
        [2, 12],
      ],
      0,
    ],
    [
      'of which one client comes back, and goes again, between two looks',
      [
        [2, 5],
        [2, 5],
        [2, 6],
      ],
      0,
    ],
    [
      'to which a client has come back',
      [
        [2, 5],
        [2, 5],
        [1, 6],
      ],
      0,
    ],
    [
      'to which none comes back',
      [
        [2, 5],
        [2, 5],
        [2, 5],
        [2, 5],
      ],
      3,
    ],
  ] as const)('%s, has stood still for that many looks', (_, sights, looks) => {
    expect(looksAt(...sights)).toBe(looks);
  });
});

describe('the longest transaction', () => {
  it.each([1, 10, 25])(
    'outlasts what hangs by far, with a statement time-out of %i s',
    (databaseStatementTimeoutSeconds) => {
      const limits = { ...DEFAULT_LIMITS, databaseStatementTimeoutSeconds };
      expect(longestStatementMs(limits)).toBe(1000 * databaseStatementTimeoutSeconds + 1000);
      expect(longestTransactionMs(limits)).toBe(25 * longestStatementMs(limits));
    },
  );
});
