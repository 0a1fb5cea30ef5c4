/**
 * How long the database was away of late. A client whose refresh was cut off by an outage retries when it is over,
 * later than any grace window: the window is longer by what this node saw, so that a retry is not taken for a theft.
 */
const REMEMBERED_MS = 15 * 60_000;

export interface Outages {
  /** @param durationMs from the last answer before it to the first one after it. */
  record(durationMs: number): void;
  /** The longest that ended within the last 15 minutes, in whole seconds; 0 where there was none. */
  longestSeconds(): number;
}

export function createOutages(clock: () => Date): Outages {
  let outages: { readonly endedAtMs: number; readonly durationMs: number }[] = [];
  const recent = () => {
    const since = clock().getTime() - REMEMBERED_MS;
    outages = outages.filter(({ endedAtMs }) => endedAtMs > since);
    return outages;
  };

  return {
    record(durationMs) {
      outages = [...recent(), { endedAtMs: clock().getTime(), durationMs }];
    },
    longestSeconds: () => Math.ceil(Math.max(0, ...recent().map(({ durationMs }) => durationMs)) / 1000),
  };
}
