import { Migration } from '@mikro-orm/migrations';

/** Refresh tokens of an earlier server, each exchanged once for a session of ours. */
export class ImportedRefreshTokens extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE imported_refresh_tokens (
        digest      bytea PRIMARY KEY CHECK (length(digest) = 32),
        user_id     uuid NOT NULL REFERENCES users (id),
        device_name text,
        expires_at  timestamptz NOT NULL,
        session_id  uuid
      )`);
    this.addSql('CREATE INDEX imported_refresh_tokens_user_id ON imported_refresh_tokens (user_id)');
  }

  override down(): void {
    this.addSql('DROP TABLE imported_refresh_tokens');
  }
}
