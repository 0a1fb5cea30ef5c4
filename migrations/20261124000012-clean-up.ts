import { Migration } from '@mikro-orm/migrations';

/**
 * What cleaning up looks for: whether a device is still used (its foreign key looks too), and tokens by their end. A
 * refresh changes neither column, so that it stays a heap-only update.
 */
export class CleanUp extends Migration {
  override up(): void {
    this.addSql('CREATE INDEX sessions_device_id ON sessions (device_id)');
    this.addSql('CREATE INDEX imported_refresh_tokens_expires_at ON imported_refresh_tokens (expires_at)');
  }

  override down(): void {
    this.addSql('DROP INDEX imported_refresh_tokens_expires_at, sessions_device_id');
  }
}
