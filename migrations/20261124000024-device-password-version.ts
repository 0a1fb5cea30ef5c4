import { Migration } from '@mikro-orm/migrations';

/** The password under which a device was last given its cookie; null: none was, or one of before, which tells no version. */
export class DevicePasswordVersion extends Migration {
  override up(): void {
    this.addSql('ALTER TABLE devices ADD COLUMN password_version integer');
  }

  override down(): void {
    this.addSql('ALTER TABLE devices DROP COLUMN password_version');
  }
}
