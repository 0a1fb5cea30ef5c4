import { Migration } from '@mikro-orm/migrations';

/**
 * Who lists a user's sessions mostly wants those that live, and must not read all that have ended for it. A refresh leaves
 * `revoked_at` as it is, so that it stays a HOT update.
 */
export class LiveSessionsByUser extends Migration {
  override up(): void {
    this.addSql('CREATE INDEX sessions_user_id_live ON sessions (user_id) WHERE revoked_at IS NULL');
  }

  override down(): void {
    this.addSql('DROP INDEX sessions_user_id_live');
  }
}
