import { createHash } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { raw, type EntityManager } from '@mikro-orm/postgresql';
import type { SessionEndReason } from '../errors.js';
import { ImportedRefreshToken } from '../storage/entities/imported-refresh-token.js';
import { removable } from '../storage/removable.js';
import { sql, statement } from '../storage/sql.js';

/**
 * A refresh token of the server that this one took over from: 128 hexadecimal characters, known here by its SHA-256
 * alone. It is exchanged once for a session of ours and then stands for "the token before the first" of that session:
 * counter −1, under the same rules as every other (session/rotate.ts).
 */
export const IMPORTED_TOKEN_COUNTER = -1n;

const IMPORTED_TOKEN = /^[0-9a-f]{128}$/;

/** @returns its SHA-256, or null for what cannot be such a token. */
export function digestOf(token: string): Buffer | null {
  return IMPORTED_TOKEN.test(token) ? createHash('sha256').update(token).digest() : null;
}

/**
 * Takes the token for the length of the transaction: of two exchanges at once, one waits for the other. Its user's row has
 * been taken before, as everywhere: taken the other way round, signing out everywhere could meet us half-way.
 */
export async function lockImportedToken(tx: EntityManager, digest: Buffer): Promise<ImportedRefreshToken | null> {
  return tx.findOne(ImportedRefreshToken, { digest }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

/** Whose it is. */
export async function findImportedToken(em: EntityManager, digest: Buffer): Promise<ImportedRefreshToken | null> {
  return em.findOne(ImportedRefreshToken, { digest });
}

/**
 * Whatever ends every session of a user also ends what has not been exchanged yet. The rows stay: deleted, they would be
 * good again once the same file is imported again.
 */
export async function revokeImportedTokens(tx: EntityManager, userId: string, reason: SessionEndReason): Promise<void> {
  const unused = { user: userId, sessionId: null, revokedAt: null };
  await tx.nativeUpdate(ImportedRefreshToken, unused, {
    revokedAt: raw<Date>('clock_timestamp()'),
    revokeReason: reason,
  });
}

const REVOKE_BATCH_TOKENS = 5_000;

const REVOKE_SOME = statement(
  'revoke-some-imported-tokens',
  `WITH unused AS (
     SELECT digest FROM imported_refresh_tokens WHERE session_id IS NULL AND revoked_at IS NULL
     LIMIT $2 FOR UPDATE
   )
   UPDATE imported_refresh_tokens AS t SET revoked_at = clock_timestamp(), revoke_reason = $1
   FROM unused WHERE t.digest = unused.digest RETURNING 1`,
);

/** As revokeImportedTokens, of anybody: up to 5,000 at a time. @returns how many. */
export async function revokeSomeImportedTokens(em: EntityManager, reason: SessionEndReason): Promise<number> {
  return (await sql(em, REVOKE_SOME, [reason, REVOKE_BATCH_TOKENS])).length;
}

export interface NewImportedToken {
  /** SHA-256, hexadecimal. */
  readonly tokenSha256: string;
  readonly userId: string;
  readonly expiresAt: string;
  readonly deviceName: string | null;
}

const INSERT = statement(
  'import-refresh-tokens',
  `WITH given AS (
       SELECT DISTINCT ON ("tokenSha256") decode("tokenSha256", 'hex') AS digest, "userId", "expiresAt", "deviceName"
       FROM json_to_recordset($1::json)
         AS t("tokenSha256" text, "userId" uuid, "expiresAt" timestamptz, "deviceName" text)
     ), inserted AS (
       INSERT INTO imported_refresh_tokens (digest, user_id, expires_at, device_name)
       SELECT g.digest, g."userId", g."expiresAt", g."deviceName" FROM given AS g JOIN users AS u ON u.id = g."userId"
       WHERE g."expiresAt" > now()
       ON CONFLICT (digest) DO NOTHING RETURNING digest
     )
     SELECT encode(g.digest, 'hex') AS digest, u.id IS NOT NULL AS "userKnown",
            g."expiresAt" <= now() AS expired, i.digest IS NOT NULL AS inserted
     FROM given AS g LEFT JOIN users AS u ON u.id = g."userId" LEFT JOIN inserted AS i ON i.digest = g.digest`,
);

interface InsertedRow {
  readonly digest: string;
  readonly userKnown: boolean;
  readonly expired: boolean;
  readonly inserted: boolean;
}

/**
 * One batch, in one statement. A token that is there already stays as it is.
 *
 * @returns an outcome for each, in order.
 */
export async function insertImportedTokens(
  em: EntityManager,
  tokens: readonly NewImportedToken[],
): Promise<('imported' | 'already there' | 'unknown user' | 'expiresAt has passed')[]> {
  const rows = await sql<InsertedRow>(em, INSERT, [JSON.stringify(tokens)]);
  const byDigest = new Map(rows.map((row) => [row.digest, row]));
  return tokens.map(({ tokenSha256 }) => {
    const row = byDigest.get(tokenSha256);
    if (row?.inserted) return byDigest.delete(tokenSha256) ? 'imported' : 'already there';
    if (row && !row.userKnown) return 'unknown user';
    return row?.expired ? 'expiresAt has passed' : 'already there';
  });
}

/** None comes back: what has expired is not imported again. */
export const expiredImportedTokens = removable({
  table: 'imported_refresh_tokens',
  key: 'digest',
  where: 'expires_at < now() - $1::interval',
  order: 'expires_at',
});
