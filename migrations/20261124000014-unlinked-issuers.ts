import { Migration } from '@mikro-orm/migrations';

/** What a user has taken away stays away: the account's address does not bring an identity of that issuer back. */
export class UnlinkedIssuers extends Migration {
  override up(): void {
    this.addSql(`ALTER TABLE users ADD COLUMN unlinked_issuers text[] NOT NULL DEFAULT '{}'`);
  }

  override down(): void {
    this.addSql('ALTER TABLE users DROP COLUMN unlinked_issuers');
  }
}
