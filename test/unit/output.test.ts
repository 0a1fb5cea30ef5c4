import { counted, table } from '../../src/cli/output.js';

describe('a table', () => {
  it('has a heading, a line a row, aligned columns, and no space before a line end', () => {
    const rows = [
      { id: 'a', name: 'Ada', roles: ['admin', 'audit'], seen: new Date(0) },
      { id: 'long', name: '', roles: [], seen: null },
    ];
    expect(table(rows)).toBe(
      ['id    name  roles         seen', 'a     Ada   admin, audit  1970-01-01T00:00:00.000Z', 'long', ''].join('\n'),
    );
  });

  it.each([
    [3, '3'],
    [true, 'true'],
    [null, ''],
    [['a'], 'a'],
    [new Date(1_000), '1970-01-01T00:00:01.000Z'],
  ])('spells %p as %j', (cell, text) => {
    expect(
      table([{ first: cell, last: '.' }])
        .split('\n')[1]
        ?.slice(0, -1)
        .trimEnd(),
    ).toBe(text);
  });

  it('says so when there is nothing to show', () => {
    expect(table([])).toBe('none\n');
  });
});

describe('a count', () => {
  it.each([
    [0, '0 sessions'],
    [1, '1 session'],
    [2, '2 sessions'],
  ])('of %i is written as %j', (count, text) => {
    expect(counted(count, 'session')).toBe(text);
  });
});
