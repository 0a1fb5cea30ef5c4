const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** While nobody serves: only a worker that could not start is waited for at all. */
const LONGEST_PAUSE_ALONE_MS = 1_000;
/** A worker that has served for so long did not die of its start. */
const STEADY_MS = 60_000;

export interface BackOff {
  /**
   * How long to wait before a worker is replaced: longer each time, unless the last one has served for a while.
   *
   * @param servedForMs null: it could not start.
   * @param othersServe where nobody does, there is no worker to spare.
   */
  readonly pauseMs: (servedForMs: number | null, othersServe: boolean) => number;
}

export function createBackOff(): BackOff {
  let quickDeaths = 0;
  return {
    pauseMs(servedForMs, othersServe) {
      quickDeaths = (servedForMs ?? 0) >= STEADY_MS ? 0 : quickDeaths + 1;
      if (quickDeaths === 0 || (servedForMs !== null && !othersServe)) return 0;
      const longestMs = othersServe ? LONGEST_PAUSE_MS : LONGEST_PAUSE_ALONE_MS;
      return Math.min(FIRST_PAUSE_MS * 2 ** (quickDeaths - 1), longestMs);
    },
  };
}
