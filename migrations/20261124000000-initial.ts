import { Migration } from '@mikro-orm/migrations';

const STATEMENTS = [
  `
    CREATE TABLE users (
      id                uuid PRIMARY KEY,
      email             text NOT NULL,
      email_key         text NOT NULL CONSTRAINT users_email_key_unique UNIQUE,
      name              text NOT NULL,
      user_type         text NOT NULL CHECK (user_type IN ('client', 'freelancer', 'admin')),
      roles             text[] NOT NULL DEFAULT '{}',
      status            text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      password_hash     text,
      password_version  integer NOT NULL DEFAULT 1,
      email_verified_at timestamptz,
      created_at        timestamptz NOT NULL DEFAULT now(),
      updated_at        timestamptz NOT NULL DEFAULT now()
    )`,
  `
    CREATE TABLE devices (
      id              uuid PRIMARY KEY,
      user_id         uuid NOT NULL REFERENCES users (id),
      name            text NOT NULL,
      browser         text,
      os              text,
      recognition_key text NOT NULL,
      first_seen_at   timestamptz NOT NULL DEFAULT now(),
      last_seen_at    timestamptz NOT NULL DEFAULT now()
    )`,
  'CREATE INDEX devices_user_id ON devices (user_id)',
  `
    CREATE TABLE sessions (
      id                  uuid PRIMARY KEY,
      user_id             uuid NOT NULL REFERENCES users (id),
      device_id           uuid NOT NULL REFERENCES devices (id),
      refresh_counter     bigint NOT NULL DEFAULT 0,
      rotated_at          timestamptz NOT NULL DEFAULT now(),
      rotated_by          text NOT NULL,
      replays             integer NOT NULL DEFAULT 0,
      last_outcome        text,
      last_ip             inet,
      last_used_at        timestamptz NOT NULL DEFAULT now(),
      idle_expires_at     timestamptz NOT NULL,
      absolute_expires_at timestamptz NOT NULL,
      authenticated_at    timestamptz NOT NULL DEFAULT now(),
      created_at          timestamptz NOT NULL DEFAULT now(),
      revoked_at          timestamptz,
      revoke_reason       text,
      CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
    ) WITH (fillfactor = 80)`,
  'CREATE INDEX sessions_user_id ON sessions (user_id)',
  'CREATE INDEX sessions_revoked_at ON sessions (revoked_at) WHERE revoked_at IS NOT NULL',
  `
    CREATE TABLE security_events (
      id          uuid PRIMARY KEY,
      type        text NOT NULL,
      severity    smallint NOT NULL CHECK (severity BETWEEN 0 AND 2),
      user_id     uuid,
      session_id  uuid,
      ip          inet,
      user_agent  text,
      details     jsonb NOT NULL DEFAULT '{}',
      occurred_at timestamptz NOT NULL DEFAULT now()
    )`,
  'CREATE INDEX security_events_user_id_id ON security_events (user_id, id)',
  `
    CREATE TABLE signing_keys (
      kid                   text PRIMARY KEY,
      algorithm             text NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256', 'RS256')),
      state                 text NOT NULL CHECK (state IN ('next', 'current', 'retiring')),
      public_jwk            jsonb NOT NULL,
      private_key_encrypted bytea NOT NULL,
      secret_id             smallint NOT NULL,
      created_at            timestamptz NOT NULL DEFAULT now(),
      retires_at            timestamptz
    )`,
  `CREATE UNIQUE INDEX signing_keys_one_current_one_next ON signing_keys (state) WHERE state IN ('current', 'next')`,
];

/**
 * Users, their devices and sessions, security events, signing keys.
 *
 * - Refresh rewrites a session row and must stay a heap-only (HOT) update: none of its indexed columns change at a
 *   refresh, and a fifth of each page is left free for the new version of the row.
 * - Clean-up walks primary keys: UUIDv7 is time.
 * - No foreign key leaves security_events: an event outlives what it tells of, and a hot insert stays cheap.
 */
export class Initial extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }

  override down(): void {
    this.addSql('DROP TABLE signing_keys, security_events, sessions, devices, users');
  }
}
