import type { EntityManager } from '@mikro-orm/postgresql';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { SigningKey } from '../../storage/entities/signing-key.js';
import { sql } from '../../storage/orm.js';
import { decrypt, encrypt } from './encryption.js';

export type SigningAlgorithm = 'EdDSA' | 'ES256' | 'RS256';

export interface KeySecret {
  /** 0 to 255. */
  readonly id: number;
  /** 32 bytes. */
  readonly encryption: Uint8Array;
}

/** The secret that encrypts, and all that still decrypt. */
export interface KeySecrets {
  readonly current: KeySecret;
  readonly all: readonly KeySecret[];
}

export interface KeyDescription {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: 'next' | 'current' | 'retiring';
  readonly createdAt: Date;
  /** When the last token that it signed has expired. */
  readonly retiresAt: Date | null;
  readonly secretId: number;
}

const KID_CHARACTERS = 8;
const RSA_MODULUS_BITS = 2048;

/** Any constant of our own: rotations come one after the other. */
const KEY_LOCK_ID = 4_207_114_918;

/**
 * Makes a key for a state that has none. Two nodes that start at once make one: the other's insert waits for this
 * transaction, then does nothing, so that both know both.
 */
export async function insertKey(
  em: EntityManager,
  secret: KeySecret,
  algorithm: SigningAlgorithm,
  state: 'current' | 'next',
): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, {
    extractable: true,
    ...(algorithm === 'RS256' ? { modulusLength: RSA_MODULUS_BITS } : {}),
  });
  const publicJwk = await exportJWK(publicKey);
  const kid = (await calculateJwkThumbprint(publicJwk)).slice(0, KID_CHARACTERS);
  const sealed = encrypt(secret.encryption, kid, Buffer.from(JSON.stringify(await exportJWK(privateKey))));
  await sql(
    em,
    `INSERT INTO signing_keys (kid, algorithm, state, public_jwk, private_key_encrypted, secret_id)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (state) WHERE state IN ('current', 'next') DO NOTHING`,
    [kid, algorithm, state, JSON.stringify(publicJwk), sealed, secret.id],
  );
}

export async function describeKeys(em: EntityManager): Promise<KeyDescription[]> {
  const rows = await em.find(SigningKey, {}, { orderBy: { createdAt: 'asc', kid: 'asc' } });
  return rows.map(({ kid, algorithm, state, createdAt, retiresAt, secretId }) => ({
    ...{ kid, algorithm, state, createdAt, secretId },
    retiresAt: retiresAt ?? null,
  }));
}

export interface RotationRules {
  /** A key must have been published this long before it signs. */
  readonly publishedSeconds: number;
  /** How long a key must go on verifying after it has signed its last token. */
  readonly retireAfterSeconds: number;
}

/**
 * `current` retires, `next` signs from now on, and a new `next` is published.
 *
 * @returns false when the next key has not been published for long enough: verifiers may not know it yet.
 */
export async function rotateKeys(
  em: EntityManager,
  secret: KeySecret,
  algorithm: SigningAlgorithm,
  rules: RotationRules,
): Promise<boolean> {
  return em.transactional(async (tx) => {
    await sql(tx, 'SELECT pg_advisory_xact_lock($1)', [KEY_LOCK_ID]);
    const ready = await sql(
      tx,
      `SELECT 1 FROM signing_keys WHERE state = 'next' AND created_at <= now() - $1::interval`,
      [`${rules.publishedSeconds} seconds`],
    );
    if (ready.length === 0) return false;
    await sql(
      tx,
      `UPDATE signing_keys SET state = 'retiring', retires_at = now() + $1::interval WHERE state = 'current'`,
      [`${rules.retireAfterSeconds} seconds`],
    );
    await sql(tx, `UPDATE signing_keys SET state = 'current' WHERE state = 'next'`);
    await insertKey(tx, secret, algorithm, 'next');
    return true;
  });
}

/** Removes keys whose last token has expired. @returns their ids. */
export async function pruneKeys(em: EntityManager): Promise<string[]> {
  const rows = await sql<{ kid: string }>(
    em,
    `DELETE FROM signing_keys WHERE state = 'retiring' AND retires_at <= now() RETURNING kid`,
  );
  return rows.map((row) => row.kid);
}

/**
 * Encrypts every private key with the current secret, so that the previous one can be forgotten.
 *
 * @returns how many were encrypted anew, and the ids of those that no secret opens.
 */
export async function rewrapKeys(
  em: EntityManager,
  secrets: KeySecrets,
): Promise<{ readonly rewrapped: number; readonly unreadable: readonly string[] }> {
  return em.transactional(async (tx) => {
    await sql(tx, 'SELECT pg_advisory_xact_lock($1)', [KEY_LOCK_ID]);
    const unreadable: string[] = [];
    let rewrapped = 0;
    for (const row of await tx.find(SigningKey, { secretId: { $ne: secrets.current.id } })) {
      const secret = secrets.all.find(({ id }) => id === row.secretId);
      const opened = secret && decrypt(secret.encryption, row.kid, row.privateKeyEncrypted);
      if (!opened) {
        unreadable.push(row.kid);
        continue;
      }
      row.privateKeyEncrypted = encrypt(secrets.current.encryption, row.kid, opened);
      row.secretId = secrets.current.id;
      rewrapped += 1;
    }
    await tx.flush();
    return { rewrapped, unreadable };
  });
}
