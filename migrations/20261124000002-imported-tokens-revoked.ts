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

  override down(): void {
    this.addSql('ALTER TABLE imported_refresh_tokens DROP COLUMN revoked_at, DROP COLUMN revoke_reason');
  }
}
