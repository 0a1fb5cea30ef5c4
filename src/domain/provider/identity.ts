import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuidv7 } from 'uuid';
import { Identity } from '../../storage/entities/identity.js';
import { sql } from '../../storage/orm.js';

/** What makes an identity: never the e-mail address, which changes hands. */
export interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

export interface NewIdentity extends IdentityKey {
  readonly userId: string;
  readonly provider: string;
  readonly email: string | null;
}

/** One after the other, until the transaction ends: whoever signs in with an identity, links it or takes it away. */
export async function lockIdentity(em: EntityManager, { issuer, subject }: IdentityKey): Promise<void> {
  await sql(em, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`identity ${issuer} ${subject}`]);
}

/** The id of its user, or null. */
export async function findOwner(em: EntityManager, { issuer, subject }: IdentityKey): Promise<string | null> {
  const [row] = await sql<{ userId: string }>(
    em,
    'SELECT user_id AS "userId" FROM identities WHERE issuer = $1 AND subject = $2',
    [issuer, subject],
  );
  return row?.userId ?? null;
}

export async function insertIdentity(em: EntityManager, identity: NewIdentity): Promise<string> {
  const id = uuidv7();
  await sql(
    em,
    'INSERT INTO identities (id, user_id, provider, issuer, subject, email) VALUES ($1, $2, $3, $4, $5, $6)',
    [id, identity.userId, identity.provider, identity.issuer, identity.subject, identity.email],
  );
  return id;
}

/** Notes a sign-in. @returns false when the identity is no longer this user's. */
export async function touchIdentity(em: EntityManager, identity: NewIdentity): Promise<boolean> {
  const touched = await sql(
    em,
    `UPDATE identities SET last_used_at = now(), provider = $4, email = $5
     WHERE issuer = $1 AND subject = $2 AND user_id = $3 RETURNING id`,
    [identity.issuer, identity.subject, identity.userId, identity.provider, identity.email],
  );
  return touched.length > 0;
}

/** Oldest first. */
export async function listIdentities(em: EntityManager, userId: string): Promise<Identity[]> {
  return em.find(Identity, { user: userId }, { orderBy: { id: 'asc' } });
}

/** Takes some of a user's identities away. @param which an id, or all. */
export async function deleteIdentities(
  em: EntityManager,
  userId: string,
  which: { readonly id: string } | 'all',
): Promise<{ readonly id: string; readonly provider: string }[]> {
  return sql(em, 'DELETE FROM identities WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) RETURNING id, provider', [
    userId,
    which === 'all' ? null : which.id,
  ]);
}
