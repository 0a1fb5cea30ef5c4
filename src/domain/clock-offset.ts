/** Beyond it somebody has to look. Access tokens of a gateway are refused by the others where it is more than 60 s ahead. */
const APART_BEYOND_MS = 5_000;
/** An answer that took longer tells too little of when it was given. */
const LONGEST_ANSWER_MS = 1_000;
/** A gateway looks twice as it starts, and then each minute: that is told once a minute. */
const TOLD_FOR_MS = 50_000;

/** How far this machine's clock is from the database's, by which sessions go. */
export interface ClockOffset {
  /**
   * A look at both.
   *
   * @param askedAtMs, answeredAtMs by this machine's clock, around the moment that the database has told.
   */
  see(this: void, askedAtMs: number, databaseMs: number, answeredAtMs: number): void;
  /** Above 0: this machine's is ahead; 0 before the first look. */
  aheadSeconds(this: void): number;
}

/** @param onApart told when they are found more than 5 s apart, and again no sooner than 50 s later. */
export function createClockOffset(onApart: (aheadSeconds: number) => void): ClockOffset {
  let aheadMs = 0;
  let toldAtMs = -Infinity;
  return {
    see(askedAtMs, databaseMs, answeredAtMs) {
      if (answeredAtMs - askedAtMs > LONGEST_ANSWER_MS) return;
      aheadMs = (askedAtMs + answeredAtMs) / 2 - databaseMs;
      if (Math.abs(aheadMs) <= APART_BEYOND_MS || askedAtMs - toldAtMs < TOLD_FOR_MS) return;
      toldAtMs = askedAtMs;
      onApart(Math.round(aheadMs / 1000));
    },
    aheadSeconds: () => aheadMs / 1000,
  };
}
