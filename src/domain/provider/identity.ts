import type { EntityManager } from '@mikro-orm/postgresql';
import { databaseNow } from '../../storage/database-clock.js';
import { Identity } from '../../storage/entities/identity.js';
import type { User } from '../../storage/entities/user.js';
import { newIdOf } from '../../storage/ids.js';
import { sql, statement } from '../../storage/sql.js';

export type { Identity };

/** What makes an identity: never the e-mail address, which changes hands. */
export interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

/** What else a provider tells of it, of which the last stays. */
export interface IdentityFacts {
  readonly provider: string;
  readonly email: string | null;
}

const LOCK = statement('lock-identity', 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))');

/** One after the other, until the transaction ends: whoever signs in with an identity, links it or takes it away. */
export async function lockIdentity(tx: EntityManager, { issuer, subject }: IdentityKey): Promise<void> {
  await sql(tx, LOCK, [`identity ${issuer} ${subject}`]);
}

export async function findIdentity(tx: EntityManager, { issuer, subject }: IdentityKey): Promise<Identity | null> {
  return tx.findOne(Identity, { issuer, subject }, { refresh: true });
}

export function newIdentity(
  tx: EntityManager,
  user: User,
  { issuer, subject }: IdentityKey,
  { provider, email }: IdentityFacts,
): Identity {
  return tx.create(Identity, { id: newIdOf(user.id), user, issuer, subject, provider, email });
}

/** Notes a sign-in with it. */
export function touchIdentity(identity: Identity, facts: IdentityFacts): void {
  Object.assign(identity, facts, { lastUsedAt: databaseNow() });
}

/**
 * Whether a user has an identity of this issuer with another subject, or the issuer is among those that the user has taken
 * away. A slash at its end makes it no other issuer, and the same subject no other person.
 */
export function knowsIssuer(
  { unlinkedIssuers }: Pick<User, 'unlinkedIssuers'>,
  identities: readonly Identity[],
  { issuer, subject }: IdentityKey,
): boolean {
  const isThis = (other: string) => withoutSlash(other) === withoutSlash(issuer);
  return unlinkedIssuers.some(isThis) || identities.some((known) => known.subject !== subject && isThis(known.issuer));
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/+$/, '');
}

/** Oldest first. */
export async function listIdentities(em: EntityManager, userId: string): Promise<Identity[]> {
  return em.find(Identity, { user: userId }, { orderBy: { id: 'asc' } });
}
