import { Migration } from '@mikro-orm/migrations';

/**
 * The database keeps the time in which nobody could commit, and of a session the time in which its answer was lost to a
 * gateway that was cut off alone: both lengthen the window in which a refresh may be asked for again.
 */
export class Pulse extends Migration {
  override up(): void {
    // One row that is written each second: free space in its page keeps that to heap-only updates, which reads tidy up.
    this.addSql(`CREATE TABLE pulse (
      id      smallint PRIMARY KEY,
      beat_at timestamptz NOT NULL DEFAULT now(),
      resting boolean NOT NULL DEFAULT true,
      gaps    tstzmultirange NOT NULL DEFAULT '{}',
      CONSTRAINT pulse_one_row CHECK (id = 1)
    ) WITH (fillfactor = 10)`);
    this.addSql('INSERT INTO pulse (id) VALUES (1)');
    this.addSql('ALTER TABLE sessions ADD COLUMN unanswered tstzrange');

    // A function, because a statement prepares each of its subqueries for every run, and a function only where it is
    // called: for a token that was rotated before, and is late. What of the time since the rotation lies in a gap, in the
    // open one included, at whose end this moment may lie: from the last beat on, but no further back than the asking
    // process has watched. Where it has not beaten yet (NULL), the gateway before tells whether it was stopped.
    this.addSql(`CREATE FUNCTION refresh_time_lost(rotated_at timestamptz, unanswered tstzrange, watched interval)
      RETURNS interval LANGUAGE sql STABLE
      RETURN coalesce((
        SELECT sum(upper(lost) - lower(lost))
        FROM (
          SELECT gaps, CASE WHEN watched IS NOT NULL THEN greatest(beat_at, statement_timestamp() - watched)
                            WHEN resting THEN statement_timestamp()
                            ELSE beat_at END AS silent_since
          FROM pulse
        ) AS known, unnest((
          gaps
          + CASE WHEN silent_since < statement_timestamp() - interval '3 seconds'
                 THEN tstzmultirange(tstzrange(silent_since, statement_timestamp())) ELSE '{}'::tstzmultirange END
          + coalesce(tstzmultirange(unanswered), '{}'::tstzmultirange)
        ) * tstzmultirange(tstzrange(least(rotated_at, statement_timestamp()), statement_timestamp()))) AS lost
      ), interval '0')`);
  }

  override down(): void {
    this.addSql('DROP FUNCTION refresh_time_lost(timestamptz, tstzrange, interval)');
    this.addSql('ALTER TABLE sessions DROP COLUMN unanswered');
    this.addSql('DROP TABLE pulse');
  }
}
