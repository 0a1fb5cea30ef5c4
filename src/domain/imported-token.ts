import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { SessionEndReason } from '../errors.js';
import { sql } from '../storage/orm.js';
import { removable } from '../storage/removable.js';

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

export interface ImportedToken {
  readonly userId: string;
  readonly deviceName: string | null;
  /** Why it is no longer good; null while it is. */
  readonly endReason: SessionEndReason | null;
  /** The session that it was exchanged for; null before. */
  readonly sessionId: string | null;
}

/**
 * Takes the token's row for the length of the transaction: of two exchanges at once, one waits for the other. The
 * user's row comes first, as everywhere: taken the other way round, signing out everywhere could meet us half-way. And
 * it is taken as the sign-in takes it: two that share it could not both go on to have it alone.
 */
export async function lockImportedToken(em: EntityManager, digest: Buffer): Promise<ImportedToken | null> {
  await sql(
    em,
    `SELECT 1 FROM imported_refresh_tokens AS t JOIN users AS u ON u.id = t.user_id
     WHERE t.digest = $1 FOR UPDATE OF u`,
    [digest],
  );
  const [row] = await sql<ImportedToken>(
    em,
    `SELECT user_id AS "userId", device_name AS "deviceName", session_id AS "sessionId",
            CASE WHEN revoked_at IS NOT NULL THEN revoke_reason
                 WHEN expires_at <= now() THEN 'EXPIRED_IDLE' END AS "endReason"
     FROM imported_refresh_tokens WHERE digest = $1 FOR UPDATE`,
    [digest],
  );
  return row ?? null;
}

export async function markExchanged(em: EntityManager, digest: Buffer, sessionId: string): Promise<void> {
  await sql(em, 'UPDATE imported_refresh_tokens SET session_id = $2 WHERE digest = $1', [digest, sessionId]);
}

/**
 * Whatever ends every session of a user also ends what has not been exchanged yet. The rows stay: deleted, they would be
 * good again once the same file is imported again.
 */
export async function revokeImportedTokens(em: EntityManager, userId: string, reason: SessionEndReason): Promise<void> {
  await sql(
    em,
    `UPDATE imported_refresh_tokens SET revoked_at = clock_timestamp(), revoke_reason = $2
     WHERE user_id = $1 AND session_id IS NULL AND revoked_at IS NULL`,
    [userId, reason],
  );
}

const REVOKE_BATCH_TOKENS = 5_000;

/** As revokeImportedTokens, of anybody: up to 5,000 at a time. @returns how many. */
export async function revokeSomeImportedTokens(em: EntityManager, reason: SessionEndReason): Promise<number> {
  const rows = await sql(
    em,
    `WITH unused AS (
       SELECT digest FROM imported_refresh_tokens WHERE session_id IS NULL AND revoked_at IS NULL
       LIMIT $2 FOR UPDATE
     )
     UPDATE imported_refresh_tokens AS t SET revoked_at = clock_timestamp(), revoke_reason = $1
     FROM unused WHERE t.digest = unused.digest RETURNING 1`,
    [reason, REVOKE_BATCH_TOKENS],
  );
  return rows.length;
}

export interface NewImportedToken {
  /** SHA-256, hexadecimal. */
  readonly tokenSha256: string;
  readonly userId: string;
  readonly expiresAt: string;
  readonly deviceName: string | null;
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
  const rows = await sql<{ digest: string; userKnown: boolean; expired: boolean; inserted: boolean }>(
    em,
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
    [JSON.stringify(tokens)],
  );
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
