const LOOK_INTERVAL_MS = 500;
/** A timer that comes so much later than it was due tells that this process stood still. */
const STALLED_BEYOND_MS = 2_000;

/** Notices when this process itself stood still, so that it does not take that for an outage of the database. */
export interface StallWatch {
  /** For how long it has been awake without a break. */
  awakeMs(this: void): number;
  stop(this: void): void;
}

/** @param nowMs a clock that only goes forward; the process's unless given. */
export function watchStalls(nowMs = () => performance.now()): StallWatch {
  let awakeSinceMs = nowMs();
  let lookedAtMs = awakeSinceMs;

  function look(): void {
    const now = nowMs();
    if (now - lookedAtMs > LOOK_INTERVAL_MS + STALLED_BEYOND_MS) awakeSinceMs = now;
    lookedAtMs = now;
  }

  const timer = setInterval(look, LOOK_INTERVAL_MS).unref();
  return {
    awakeMs() {
      look(); // a stall that has just ended was not looked at yet
      return nowMs() - awakeSinceMs;
    },
    stop: () => clearInterval(timer),
  };
}
