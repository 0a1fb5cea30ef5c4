/** Longer than a beat that comes late for want of a core. */
const GAP_SECONDS = 3;
const KEPT_MINUTES = 15;

/** No gateway beats more often, however many there are. */
const SHORTEST_BEAT_MS = 900;

/** Nothing was lost. */
const NONE = `'{}'::tstzmultirange`;

/**
 * SQL: the gap at whose end `now` lies, if any: from the last beat that was committed on, but no further back than this
 * process has watched, for what it slept through it cannot tell.
 *
 * @param watched an interval, or null for a process that has not beaten yet: it takes the last gateway's word for whether
 *   that had stopped as it was told to.
 */
function openGap(now: string, watched: string): string {
  const since = `CASE WHEN ${watched} IS NULL THEN CASE WHEN p.resting THEN ${now} ELSE p.beat_at END
                      ELSE greatest(p.beat_at, ${now} - ${watched}) END`;
  return `CASE WHEN ${since} < ${now} - interval '${GAP_SECONDS} seconds'
               THEN tstzmultirange(tstzrange(${since}, ${now})) ELSE ${NONE} END`;
}

/**
 * SQL: moves the pulse on, and keeps the gap before, where there was one. `$1`: for how long this process has watched, as
 * for `openGap`; `$2`: whether it stops now. Times are those of the moment at which the row is written: whoever waited for
 * it waited for a commit that did not come.
 */
export const MOVE_ON = `
INSERT INTO pulse AS p (id, beat_at, resting) VALUES (1, clock_timestamp(), $2::boolean)
ON CONFLICT (id) DO UPDATE SET
  gaps = (p.gaps + ${openGap('clock_timestamp()', '$1::interval')})
         * tstzmultirange(tstzrange(clock_timestamp() - interval '${KEPT_MINUTES} minutes', NULL)),
  beat_at = clock_timestamp(),
  resting = $2::boolean
WHERE $2::boolean OR p.resting OR p.beat_at <= clock_timestamp() - interval '${SHORTEST_BEAT_MS} ms'`;

/**
 * SQL: how much of the time since a session's token was rotated its answer may have been lost in, because nobody could
 * commit, or because the gateway that was asked was cut off.
 *
 * @param session the alias of its row
 * @param longest an interval: what counts at most
 * @param watched as for `openGap`
 */
export function lostTime(session: string, longest: string, watched: string): string {
  const now = 'statement_timestamp()';
  return `least(${longest}, coalesce((
    SELECT sum(upper(lost) - lower(lost))
    FROM pulse AS p, unnest(
      (p.gaps + ${openGap(now, watched)} + coalesce(tstzmultirange(${session}.unanswered), ${NONE}))
      * tstzmultirange(tstzrange(least(${session}.rotated_at, ${now}), ${now}))
    ) AS lost), interval '0'))`;
}
