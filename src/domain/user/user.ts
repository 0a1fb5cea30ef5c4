import { domainToUnicode } from 'node:url';
import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { validate as isUuid } from 'uuid';
import { batchReads } from '../../storage/batch-reads.js';
import { compiledRead } from '../../storage/compiled-read.js';
import { databaseNow } from '../../storage/database-clock.js';
import { EMAIL_KEY_CONSTRAINT, User, USER_TYPES, type UserType } from '../../storage/entities/user.js';
import { newId } from '../../storage/ids.js';
import type { EmailAddress } from './parse.js';

export { User, USER_TYPES };
export type { UserType };

/** An account of before may have the domain in Unicode; where there are both, the older one has the address. */
const BY_ONE_OF_ITS_KEYS = {
  where: 'e.email_key = ANY ($1::text[])',
  orderBy: { createdAt: 'asc' },
  limitRows: 1,
} as const;

const BY_IDS = compiledRead({ entity: User, name: 'users-by-ids', where: 'e.id = ANY ($1::uuid[])' });
const BY_EMAIL = compiledRead({
  entity: User,
  name: 'user-by-email',
  lazy: ['passwordHash'],
  ...BY_ONE_OF_ITS_KEYS,
});

function keysOf(key: string): string[] {
  const at = key.lastIndexOf('@') + 1;
  return [...new Set([key, key.slice(0, at) + domainToUnicode(key.slice(at))])];
}

/** With its password's hash. */
export async function findUserByEmail(em: EntityManager, key: string): Promise<User | null> {
  const [user] = await BY_EMAIL(em, [keysOf(key)]);
  return user ?? null;
}

export async function findUser(em: EntityManager, id: string): Promise<User | null> {
  const [user] = await BY_IDS(em, [[id]]);
  return user ?? null;
}

/** Finds one account as findUser does, for as many requests as there are at once: one statement for all that wait. */
export type UserReader = (id: string) => Promise<User | null>;

export function createUserReader(em: EntityManager): UserReader {
  const read = batchReads(async (ids) => new Map((await BY_IDS(em, [ids])).map((user) => [user.id, user])));
  // What is no id would fail the statement for everyone who shares it.
  return async (id) => (isUuid(id) ? read(id.toLowerCase()) : null);
}

const LAZY_PARTS = ['passwordHash', 'unlinkedIssuers', 'liveSessions'] as const;
const LOCKED = compiledRead({
  entity: User,
  name: 'lock-user',
  lazy: LAZY_PARTS,
  where: 'e.id = $1',
  lock: true,
});
const LOCKED_BY_EMAIL = compiledRead({
  entity: User,
  name: 'lock-user-by-email',
  lazy: LAZY_PARTS,
  ...BY_ONE_OF_ITS_KEYS,
  lock: true,
});

/**
 * Takes the user's row and reads it, the lazy parts too: everything else that ends or starts the user's sessions
 * waits for this transaction.
 */
export async function lockUser(tx: EntityManager, id: string): Promise<User | null> {
  const [user] = await LOCKED(tx, [id]);
  return user ?? null;
}

export async function lockUserByEmail(tx: EntityManager, key: string): Promise<User | null> {
  const [user] = await LOCKED_BY_EMAIL(tx, [keysOf(key)]);
  return user ?? null;
}

export interface NewUser {
  readonly email: EmailAddress;
  readonly name: string;
  readonly userType: UserType;
  /** PHC string; null for an account without a password. */
  readonly passwordHash: string | null;
  /** Whether somebody has proven that the address is theirs. */
  readonly emailVerified?: boolean;
  readonly roles?: readonly string[];
}

/** Opens an account. The transaction fails as `isEmailTaken` tells where its address has one by the time it is written. */
export function newUser(tx: EntityManager, { email, roles = [], emailVerified = false, ...account }: NewUser): User {
  const user = tx.create(User, {
    ...account,
    id: newId(),
    email: email.display,
    emailKey: email.key,
    roles: [...roles],
    emailVerifiedAt: null,
  });
  if (emailVerified) markEmailVerified(user);
  return user;
}

/** Whether a transaction failed because another one was faster to open an account with the same address. */
export function isEmailTaken(error: unknown): boolean {
  return (
    error instanceof UniqueConstraintViolationException &&
    'constraint' in error &&
    error.constraint === EMAIL_KEY_CONSTRAINT
  );
}

/** Its version moves: a sign-in that verified the earlier one does not land. */
export function changePassword(user: User, passwordHash: string | null): void {
  user.passwordHash = passwordHash;
  user.passwordVersion += 1;
}

/** Somebody has proven that the address is theirs. */
export function markEmailVerified(user: User): void {
  user.emailVerifiedAt ??= databaseNow();
}

/** The account goes to whoever has proven that the address is theirs: a new name, and no password. */
export function handOver(user: User, name: string): void {
  user.name = name;
  user.unlinkedIssuers = [];
  changePassword(user, null);
  markEmailVerified(user);
}

/** The user has taken an identity of this issuer away. */
export function noteUnlinked(user: User, issuer: string): void {
  user.unlinkedIssuers = [...new Set([...user.unlinkedIssuers, issuer])];
}

/** Lower-case letters, digits, - and _. */
export function isRole(name: string): boolean {
  return /^[a-z][a-z0-9_-]{0,31}$/.test(name);
}

/** Takes the rows of all active accounts with the role admin, in the order of their ids. */
export async function lockAdministrators(tx: EntityManager): Promise<User[]> {
  const where = { roles: { $contains: ['admin'] }, status: 'active' } as const;
  return tx.find(User, where, { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Newest first. */
export async function listUsers(em: EntityManager, limitRows: number): Promise<User[]> {
  return em.find(User, {}, { orderBy: { createdAt: 'desc', id: 'desc' }, limit: limitRows });
}
