import type { EntityManager } from '@mikro-orm/postgresql';
import { isEmail } from 'class-validator';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { USER_TYPES, type UserType } from '../../storage/entities/user.js';
import { batchReads } from '../../storage/batch-reads.js';
import { sql } from '../../storage/orm.js';

export { USER_TYPES };
export type { UserType };

/**
 * An account. Two spellings of one e-mail address are one account: what makes it unique is the canonical key
 * (NFKC, lower case, no surrounding space), never the address as typed.
 */
export interface User {
  readonly id: string;
  /** As typed at sign-up, NFC. */
  readonly email: string;
  readonly name: string;
  readonly userType: UserType;
  readonly roles: readonly string[];
  readonly status: 'active' | 'disabled';
  /** Moves with every password change, so that a sign-in that verified an older one cannot land. */
  readonly passwordVersion: number;
  readonly emailVerifiedAt: Date | null;
  readonly createdAt: Date;
}

const COLUMNS = `id, email, name, user_type AS "userType", roles, status, password_version AS "passwordVersion",
  email_verified_at AS "emailVerifiedAt", created_at AS "createdAt"`;

const EMAIL_MAX_CHARACTERS = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
const NAME_MAX_CHARACTERS = 100;

/** Control, format (zero-width, bidirectional overrides), private-use and unassigned characters, lone surrogates. */
const UNPRINTABLE = /\p{C}/u;

export interface EmailAddress {
  /** As typed, without surrounding space; NFC. */
  readonly display: string;
  readonly key: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

export function parseEmail(text: string): Parsed<EmailAddress> {
  const refused = { ok: false, message: 'Enter an e-mail address like name@example.org.' } as const;
  if (text.length > EMAIL_MAX_CHARACTERS * 2) return refused;

  const display = text.trim().normalize('NFC');
  const key = display.normalize('NFKC').toLowerCase();
  if (UNPRINTABLE.test(display) || key.length > EMAIL_MAX_CHARACTERS || !isEmail(key)) return refused;
  return { ok: true, value: { display, key } };
}

export function parseName(text: string): Parsed<string> {
  const name = text.length > NAME_MAX_CHARACTERS * 4 ? text : text.trim().normalize('NFC');
  if (name === '') return { ok: false, message: 'Enter a name.' };
  if (UNPRINTABLE.test(name)) return { ok: false, message: 'A name has no control or invisible characters.' };
  if ([...name].length > NAME_MAX_CHARACTERS)
    return { ok: false, message: `A name has at most ${NAME_MAX_CHARACTERS} characters.` };
  return { ok: true, value: name };
}

export interface NewUser {
  readonly email: EmailAddress;
  readonly name: string;
  readonly userType: UserType;
  /** PHC string; null for an account without a password. */
  readonly passwordHash: string | null;
  /** Whether somebody has proven that the address is theirs. */
  readonly emailVerified?: boolean;
}

/** @returns null when the e-mail is taken, also by a sign-up that commits at the same moment. */
export async function insertUser(em: EntityManager, user: NewUser): Promise<User | null> {
  const id = uuidv7();
  const [inserted] = await sql<User>(
    em,
    `INSERT INTO users (id, email, email_key, name, user_type, password_hash, email_verified_at)
     VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7 THEN now() END)
     ON CONFLICT (email_key) DO NOTHING RETURNING ${COLUMNS}`,
    [id, user.email.display, user.email.key, user.name, user.userType, user.passwordHash, user.emailVerified ?? false],
  );
  return inserted ?? null;
}

/** For whoever has a password to verify. */
export interface UserWithPassword extends User {
  /** PHC string; null for an account without a password. */
  readonly passwordHash: string | null;
}

const BY_EMAIL = {
  name: 'user-by-email',
  text: `SELECT ${COLUMNS}, password_hash AS "passwordHash" FROM users WHERE email_key = $1`,
};

export async function findUserByEmail(em: EntityManager, key: string): Promise<UserWithPassword | null> {
  const [user] = await sql<UserWithPassword>(em, BY_EMAIL, [key]);
  return user ?? null;
}

const BY_IDS = { name: 'users-by-ids', text: `SELECT ${COLUMNS} FROM users WHERE id = ANY ($1::uuid[])` };

export async function findUser(em: EntityManager, id: string): Promise<User | null> {
  const [user] = await sql<User>(em, BY_IDS, [[id]]);
  return user ?? null;
}

/** Finds one account as findUser does, for as many requests as there are at once: one statement for all that wait. */
export type UserReader = (id: string) => Promise<User | null>;

export function createUserReader(em: EntityManager): UserReader {
  const read = batchReads(async (ids) => {
    const users = await sql<User>(em, BY_IDS, [ids]);
    return new Map(users.map((user) => [user.id, user]));
  });
  // What is no id would fail the statement for everyone who shares it.
  return async (id) => (isUuid(id) ? read(id.toLowerCase()) : null);
}

/** A better hash of the same password: sessions and verified attempts stay valid. */
export async function replacePasswordHash(em: EntityManager, user: User, passwordHash: string): Promise<void> {
  await sql(em, 'UPDATE users SET password_hash = $3 WHERE id = $1 AND password_version = $2', [
    user.id,
    user.passwordVersion,
    passwordHash,
  ]);
}

/** What a change of an account goes by, beside the account itself. */
export interface LockedUser extends User {
  readonly emailKey: string;
  readonly hasPassword: boolean;
}

/** Takes the user's row, as lockUser does, and reads it. @returns null when there is no such account. */
export async function lockAndReadUser(
  em: EntityManager,
  by: { readonly id: string } | { readonly emailKey: string },
): Promise<LockedUser | null> {
  const [column, value] = 'id' in by ? ['id', by.id] : ['email_key', by.emailKey];
  const [user] = await sql<LockedUser>(
    em,
    `SELECT ${COLUMNS}, email_key AS "emailKey", password_hash IS NOT NULL AS "hasPassword"
     FROM users WHERE ${column} = $1 FOR UPDATE`,
    [value],
  );
  return user ?? null;
}

/** Takes the user's row, so that everything else that ends or starts the user's sessions waits for this transaction. */
export async function lockUser(em: EntityManager, id: string): Promise<void> {
  await sql(em, 'SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [id]);
}

/** The account goes to whoever has proven that the address is theirs: a new name, and no password. */
export async function handOver(em: EntityManager, id: string, name: string): Promise<User | null> {
  const [user] = await sql<User>(
    em,
    `UPDATE users SET name = $2, password_hash = NULL, password_version = password_version + 1,
                      email_verified_at = now(), updated_at = now() WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, name],
  );
  return user ?? null;
}

/** Somebody has proven that the address is theirs. */
export async function markEmailVerified(em: EntityManager, id: string): Promise<void> {
  await sql(
    em,
    'UPDATE users SET email_verified_at = now(), updated_at = now() WHERE id = $1 AND email_verified_at IS NULL',
    [id],
  );
}

/** Its version moves: a sign-in that verified the earlier one does not land. */
export async function changePassword(em: EntityManager, id: string, passwordHash: string): Promise<void> {
  await sql(
    em,
    'UPDATE users SET password_hash = $2, password_version = password_version + 1, updated_at = now() WHERE id = $1',
    [id, passwordHash],
  );
}

export async function setStatus(em: EntityManager, id: string, status: 'active' | 'disabled'): Promise<void> {
  await sql(em, 'UPDATE users SET status = $2, updated_at = now() WHERE id = $1', [id, status]);
}

export async function setRoles(em: EntityManager, id: string, roles: readonly string[]): Promise<void> {
  await sql(em, 'UPDATE users SET roles = $2, updated_at = now() WHERE id = $1', [id, roles]);
}

/** Newest first. */
export async function listUsers(em: EntityManager, limit: number): Promise<User[]> {
  return sql(em, `SELECT ${COLUMNS} FROM users ORDER BY created_at DESC, id DESC LIMIT $1`, [limit]);
}
