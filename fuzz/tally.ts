import type { OutcomeClass } from './judge/answer.ts';

/** Below that the operations say too little: they are refused before they come to anything. */
const LEAST_SUCCEEDED_SHARE = 0.5;

/** How requests ended, by kind, and what share of those that were meant to succeed did. */
export function createTally() {
  const counts = new Map<string, Map<OutcomeClass, number>>();
  let meant = 0;
  let succeeded = 0;
  return {
    add(kind: string, outcome: OutcomeClass, isMeantToSucceed: boolean): void {
      const ofKind = counts.get(kind) ?? new Map<OutcomeClass, number>();
      counts.set(kind, ofKind.set(outcome, (ofKind.get(outcome) ?? 0) + 1));
      if (!isMeantToSucceed) return;
      meant += 1;
      if (outcome === 'succeeded') succeeded += 1;
    },
    requests: () => [...counts.values()].flatMap((each) => [...each.values()]).reduce((sum, count) => sum + count, 0),
    succeededShare: () => (meant === 0 ? 0 : succeeded / meant),
    isTelling: () => meant === 0 || succeeded / meant >= LEAST_SUCCEEDED_SHARE,
    lines: () =>
      [...counts.keys()].toSorted().map((kind) => {
        const classes = [...(counts.get(kind) ?? [])].toSorted().map(([name, count]) => `${count} ${name}`);
        return `  ${kind.padEnd(20)} ${classes.join(', ')}`;
      }),
  };
}

export type Tally = ReturnType<typeof createTally>;
