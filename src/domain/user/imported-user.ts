import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, statement } from '../../storage/sql.js';
import type { NewUser } from './user.js';

/** An account that another server kept, its id and password hash as they were there. */
export interface ImportedUser extends NewUser {
  readonly id: string;
  readonly emailVerified: boolean;
  /** ISO 8601, UTC; null: now. */
  readonly createdAt: string | null;
}

export type ImportOutcome = 'imported' | 'already there' | 'e-mail taken' | 'id taken';

const INSERT = statement(
  'import-users',
  `INSERT INTO users (id, email, email_key, name, user_type, password_hash, email_verified_at, created_at)
     SELECT id, email, "emailKey", name, "userType", "passwordHash", CASE WHEN "emailVerified" THEN now() END,
            coalesce("createdAt", now())
     FROM json_to_recordset($1::json)
       AS t(id uuid, email text, "emailKey" text, name text, "userType" text, "passwordHash" text,
            "emailVerified" boolean, "createdAt" timestamptz)
     ON CONFLICT DO NOTHING RETURNING id, email_key AS "emailKey"`,
);

/**
 * One batch, in one statement. Of two with one id or one e-mail, the first stays.
 *
 * @returns an outcome for each, in order; `already there` is one with the same id and e-mail: a run that goes on where
 * an earlier one stopped.
 */
export async function insertImportedUsers(em: EntityManager, users: readonly ImportedUser[]): Promise<ImportOutcome[]> {
  const given = users.map(({ email, ...user }) => ({ ...user, email: email.display, emailKey: email.key }));
  const rows = await sql<AccountKeys>(em, INSERT, [JSON.stringify(given)]);
  const inserted = new Set(rows.map(identify));
  const isImported = users.map((user) => inserted.delete(identify(keysOf(user)))); // once: further down it is a repetition
  const left = users.filter((_, index) => !isImported[index]);
  const kept = left.length === 0 ? [] : await findConflicts(em, left);
  const accounts = new Set(kept.map(identify));
  const emailKeys = new Set(kept.map(({ emailKey }) => emailKey));

  return users.map((user, index) => {
    if (isImported[index]) return 'imported';
    if (accounts.has(identify(keysOf(user)))) return 'already there';
    return emailKeys.has(user.email.key) ? 'e-mail taken' : 'id taken';
  });
}

interface AccountKeys {
  readonly id: string;
  readonly emailKey: string;
}

function keysOf({ id, email }: ImportedUser): AccountKeys {
  return { id, emailKey: email.key };
}

function identify({ id, emailKey }: AccountKeys): string {
  return `${id} ${emailKey}`;
}

const FIND_CONFLICTS = statement(
  'find-taken-accounts',
  `SELECT u.id, u.email_key AS "emailKey"
     FROM json_to_recordset($1::json) AS t(id uuid, "emailKey" text)
     JOIN users AS u ON u.id = t.id OR u.email_key = t."emailKey"`,
);

async function findConflicts(em: EntityManager, users: readonly ImportedUser[]): Promise<AccountKeys[]> {
  return sql(em, FIND_CONFLICTS, [JSON.stringify(users.map(keysOf))]);
}
