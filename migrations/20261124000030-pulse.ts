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
  }

  override down(): void {
    this.addSql('ALTER TABLE sessions DROP COLUMN unanswered');
    this.addSql('DROP TABLE pulse');
  }
}
