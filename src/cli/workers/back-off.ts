const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** A worker that has served for so long did not die of its start. */
const STEADY_MS = 60_000;

export interface BackOff {
  /** How long to wait before a worker is replaced: longer each time, unless the last one has served for a while. */
  readonly pauseMs: (servedForMs: number) => number;
}

export function createBackOff(): BackOff {
  let quickDeaths = 0;
  return {
    pauseMs(servedForMs) {
      quickDeaths = servedForMs >= STEADY_MS ? 0 : quickDeaths + 1;
      return quickDeaths === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (quickDeaths - 1), LONGEST_PAUSE_MS);
    },
  };
}
