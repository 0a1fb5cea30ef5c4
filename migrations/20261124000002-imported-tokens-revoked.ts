import { Migration } from '@mikro-orm/migrations';

/** An imported refresh token that was ended before it was exchanged stays, and stays ended. */
export class ImportedTokensRevoked extends Migration {
  override up(): void {
    this.addSql(`
      ALTER TABLE imported_refresh_tokens
        ADD COLUMN revoked_at    timestamptz,
        ADD COLUMN revoke_reason text,
        ADD CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))`);
  }

  /** Nobody could tell an ended token from a good one then, so it counts as exchanged, for a session that nobody has. */
  override down(): void {
    this.addSql(`
      UPDATE imported_refresh_tokens SET session_id = '00000000-0000-0000-0000-000000000000'
      WHERE revoked_at IS NOT NULL AND session_id IS NULL`);
    this.addSql('ALTER TABLE imported_refresh_tokens DROP COLUMN revoked_at, DROP COLUMN revoke_reason');
  }
}
