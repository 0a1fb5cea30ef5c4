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

/** A private key as it is stored. */
export type SealedKey = Pick<SigningKey, 'kid' | 'secretId' | 'privateKeyEncrypted'>;

/** @returns the private JWK as JSON, or null when none of the secrets encrypted it. */
export function openKey({ all }: KeySecrets, { kid, secretId, privateKeyEncrypted }: SealedKey): Buffer | null {
  const secret = all.find(({ id }) => id === secretId);
  return secret ? decrypt(secret.encryption, kid, privateKeyEncrypted) : null;
}

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
 * - `rotated`
 * - `too early`   the next key has not been published for long enough: verifiers may not know it yet.
 * - `unreadable`  no secret opens the next key: gateways that share these secrets could not sign with it, and those with
 *                 the right ones could not open the key that would be made.
 * - `no keys`     the first gateway to start makes them.
 */
export type RotationOutcome = 'rotated' | 'too early' | 'unreadable' | 'no keys';

/** `current` retires, `next` signs from now on, and a new `next` is published; or nothing changes. */
export async function rotateKeys(
  em: EntityManager,
  secrets: KeySecrets,
  algorithm: SigningAlgorithm,
  rules: RotationRules,
): Promise<RotationOutcome> {
  return em.transactional(async (tx) => {
    await sql(tx, 'SELECT pg_advisory_xact_lock($1)', [KEY_LOCK_ID]);
    const [next] = await sql<SealedKey & { readonly isReady: boolean }>(
      tx,
      `SELECT kid, secret_id AS "secretId", private_key_encrypted AS "privateKeyEncrypted",
              created_at <= now() - $1::interval AS "isReady"
       FROM signing_keys WHERE state = 'next'`,
      [`${rules.publishedSeconds} seconds`],
    );
    if (!next) return 'no keys';
    if (!openKey(secrets, next)) return 'unreadable';
    if (!next.isReady) return 'too early';
    await sql(
      tx,
      `UPDATE signing_keys SET state = 'retiring', retires_at = now() + $1::interval WHERE state = 'current'`,
      [`${rules.retireAfterSeconds} seconds`],
    );
    await sql(tx, `UPDATE signing_keys SET state = 'current' WHERE state = 'next'`);
    await insertKey(tx, secrets.current, algorithm, 'next');
    return 'rotated';
  });
}

/**
 * Makes every key anew, and forgets those there were: what they signed, or will sign in other hands, verifies no more.
 * Verifiers meet keys that they do not know yet; a session goes on with its next refresh.
 */
export async function replaceKeys(
  em: EntityManager,
  secrets: KeySecrets,
  algorithm: SigningAlgorithm,
): Promise<'replaced' | 'unreadable' | 'no keys'> {
  return em.transactional(async (tx) => {
    await sql(tx, 'SELECT pg_advisory_xact_lock($1)', [KEY_LOCK_ID]);
    const [current] = await sql<SealedKey>(
      tx,
      `SELECT kid, secret_id AS "secretId", private_key_encrypted AS "privateKeyEncrypted"
       FROM signing_keys WHERE state = 'current'`,
    );
    if (!current) return 'no keys';
    if (!openKey(secrets, current)) return 'unreadable';
    await sql(tx, 'DELETE FROM signing_keys');
    for (const state of ['current', 'next'] as const) await insertKey(tx, secrets.current, algorithm, state);
    return 'replaced';
  });
}

const RETIRED = `state = 'retiring' AND retires_at <= now()`;

/** Removes keys whose last token has expired. @returns their ids. */
export async function pruneKeys(em: EntityManager): Promise<string[]> {
  const rows = await sql<{ kid: string }>(em, `DELETE FROM signing_keys WHERE ${RETIRED} RETURNING kid`);
  return rows.map((row) => row.kid);
}

export async function countRetiredKeys(em: EntityManager): Promise<number> {
  return (await sql(em, `SELECT FROM signing_keys WHERE ${RETIRED}`)).length;
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
      const opened = openKey(secrets, row);
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

/** The ids of the keys that none of the secrets opens. */
export async function unreadableKeys(em: EntityManager, secrets: KeySecrets): Promise<string[]> {
  const rows = await em.find(SigningKey, {});
  return rows.filter((row) => !openKey(secrets, row)).map(({ kid }) => kid);
}
