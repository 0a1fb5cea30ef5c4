/** Longer than a beat that comes late for want of a core. As in refresh_time_lost, the function that reads the pulse. */
const GAP_SECONDS = 3;
const KEPT_MINUTES = 15;

/** No gateway beats more often, however many there are. */
const SHORTEST_BEAT_MS = 900;

/**
 * Since when nobody has committed: from the last beat on, but no further back than this process has watched, for what it
 * slept through it cannot tell. One that has not beaten yet takes the word of the gateway before for whether that was stopped.
 */
const SILENT_SINCE = `CASE WHEN $1::interval IS NOT NULL THEN greatest(p.beat_at, clock_timestamp() - $1::interval)
                           WHEN p.resting THEN clock_timestamp()
                           ELSE p.beat_at END`;

/**
 * SQL: moves the pulse on, and keeps the gap before, where there was one. `$1`: an interval, for how long this process has
 * watched, or null before its first beat; `$2`: whether it stops now. Times are those of the moment at which the row is
 * written: whoever waited for it waited for a commit that did not come.
 */
export const MOVE_ON = `
INSERT INTO pulse AS p (id, beat_at, resting) VALUES (1, clock_timestamp(), $2::boolean)
ON CONFLICT (id) DO UPDATE SET
  gaps = (p.gaps + CASE WHEN ${SILENT_SINCE} < clock_timestamp() - interval '${GAP_SECONDS} seconds'
                        THEN tstzmultirange(tstzrange(${SILENT_SINCE}, clock_timestamp()))
                        ELSE '{}'::tstzmultirange END)
         * tstzmultirange(tstzrange(clock_timestamp() - interval '${KEPT_MINUTES} minutes', NULL)),
  beat_at = clock_timestamp(),
  resting = $2::boolean
WHERE $2::boolean OR p.resting OR p.beat_at <= clock_timestamp() - interval '${SHORTEST_BEAT_MS} ms'`;
