import type { Played } from '../play.ts';

/** Over the cells of a row. */
export const HEAD = [
  'Fault',
  'How',
  'Result',
  'Acknowledged',
  'Lost',
  'Falsely ended',
  'Wrongly accepted',
  'p99',
  'Longest',
  'Recovered after',
  'Told',
] as const;

/** What people read of a scenario. */
export function cellsOf({ fault, how, verdict, why, note, judgement }: Played): string[] {
  const told = [...why, ...toldOf(judgement), ...(note === null ? [] : [note])].join('; ');
  if (!judgement) return [fault, how, verdict, '', '', '', '', '', '', '', told];
  const { acknowledged, lost, falselyEnded, wronglyAccepted, p99Ms, longestMs, recoveryMs } = judgement;
  const counts = [lost, falselyEnded, wronglyAccepted].map(String);
  return [
    fault,
    how,
    verdict,
    grouped(acknowledged),
    ...counts,
    inMs(p99Ms),
    inMs(longestMs),
    inSeconds(recoveryMs),
    told,
  ];
}

function toldOf(judgement: Played['judgement']): string[] {
  if (!judgement) return [];
  const { answeredBusy, unanswered, neverHeardOf, revocationsUndone, revokedElsewhereMs } = judgement;
  const counts = [
    [answeredBusy, 'told to come again'],
    [unanswered, 'not answered'],
    [neverHeardOf, 'never heard of'],
    [revocationsUndone, 'revocations undone'],
  ] as const;
  return [
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`),
    ...(revokedElsewhereMs === null ? [] : [`revoked elsewhere within ${inMs(revokedElsewhereMs)}`]),
  ];
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function inMs(value: number | null): string {
  return value === null ? '' : `${grouped(Math.round(value))} ms`;
}

function inSeconds(value: number | null): string {
  return value === null ? '' : `${(value / 1000).toFixed(1)} s`;
}
