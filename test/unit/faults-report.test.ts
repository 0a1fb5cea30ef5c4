import type { Played } from '../../faults/play.ts';
import { cellsOf, HEAD } from '../../faults/report/rows.ts';
import { pageOf, type Report } from '../../faults/report/page.ts';
import { tableOf } from '../../faults/report/table.ts';
import { readPage, tableRows } from '../support/readme.js';

const JUDGEMENT = {
  acknowledged: 12_345,
  lost: 0,
  falselyEnded: 3,
  wronglyAccepted: 0,
  forked: 0,
  neverHeardOf: 0,
  revocationsUndone: 0,
  notRetryable: 0,
  answeredBusy: 7,
  unanswered: 0,
  p99Ms: 12.4,
  longestMs: 1_234.5,
  recoveryMs: 2_340,
  revokedElsewhereMs: null,
};
const BROKEN: Played = {
  name: 'flood',
  fault: 'a flood',
  how: 'water',
  verdict: 'broken',
  why: ['3 falsely ended'],
  note: null,
  judgement: JUDGEMENT,
};
const NOT_RUN: Played = { ...BROKEN, verdict: 'not run', why: ['needs Redis'], judgement: null };

describe('the report of the faults', () => {
  it('tells of a row what was judged, and what is wrong with it', () => {
    const told = '3 falsely ended; 7 told to come again';
    const figures = ['12,345', '0', '3', '0', '12 ms', '1,235 ms', '2.3 s'];
    expect(cellsOf(BROKEN)).toEqual(['a flood', 'water', 'broken', ...figures, told]);
    expect(cellsOf(NOT_RUN)).toEqual(['a flood', 'water', 'not run', ...Array<string>(7).fill(''), 'needs Redis']);
  });

  it('shows the same table at a terminal, where what is broken is red', () => {
    expect(tableOf([BROKEN], false).split('\n')[1]).toMatch(/^a flood +broken +12,345 +0 +3 +0 /);
    expect(tableOf([BROKEN, NOT_RUN], true)).toMatch(/\u001b\[31mbroken[^]*\u001b\[33mnot run/);
  });
});

describe('docs/faults/README.md', () => {
  const report = JSON.parse(readPage('docs/faults/latest.json')) as Report;
  const page = readPage('docs/faults/README.md');

  it('tells what the kept run has found, row by row', () => {
    expect(tableRows(page)).toEqual(report.rows.map((row) => cellsOf(row).map((cell) => cell.trim())));
    expect(tableRows(pageOf(report))).toEqual(tableRows(page));
    expect(page).toContain(HEAD.at(0));
  });

  it('names the commit that was tried', () => {
    expect(page).toContain(`Commit ${report.commit}, ${report.measuredAt.slice(0, 10)}`);
  });
});
