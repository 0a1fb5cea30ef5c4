import { Migration } from '@mikro-orm/migrations';

/**
 * Who an OpenID provider says somebody is, by issuer and subject, and what proved a sign-in once and may not again.
 *
 * What was used is forgotten when it would have expired anyway, by whoever uses the next (the index is for that).
 */
export class Identities extends Migration {
  override up(): void {
    this.addSql(`
      CREATE TABLE identities (
        id           uuid PRIMARY KEY,
        user_id      uuid NOT NULL REFERENCES users (id),
        provider     text NOT NULL,
        issuer       text NOT NULL,
        subject      text NOT NULL,
        email        text,
        created_at   timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT identities_issuer_subject_unique UNIQUE (issuer, subject)
      )`);
    this.addSql('CREATE INDEX identities_user_id ON identities (user_id)');
    this.addSql(`
      CREATE TABLE used_proofs (
        digest     bytea PRIMARY KEY CHECK (length(digest) = 32),
        expires_at timestamptz NOT NULL
      )`);
    this.addSql('CREATE INDEX used_proofs_expires_at ON used_proofs (expires_at)');
  }

  override down(): void {
    this.addSql('DROP TABLE used_proofs, identities');
  }
}
