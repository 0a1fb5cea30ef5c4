import type { Loaded } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { databaseNow, databaseNowPlus } from '../../storage/database-clock.js';
import { SigningKey } from '../../storage/entities/signing-key.js';
import { sql, statement } from '../../storage/sql.js';
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

/** A key as operators may see it: nothing of its private half. */
export type KeyDescription = Loaded<SigningKey, never, never, 'publicJwk' | 'privateKeyEncrypted'>;

const KID_CHARACTERS = 8;
const RSA_MODULUS_BITS = 2048;

/** A private key as it is stored. */
export type SealedKey = Pick<SigningKey, 'kid' | 'secretId' | 'privateKeyEncrypted'>;

/** @returns the private JWK as JSON, or null when none of the secrets encrypted it. */
export function openKey({ all }: KeySecrets, { kid, secretId, privateKeyEncrypted }: SealedKey): Buffer | null {
  const secret = all.find(({ id }) => id === secretId);
  return secret ? decrypt(secret.encryption, kid, privateKeyEncrypted) : null;
}

/** Any constant of our own. */
const KEY_LOCK_ID = 4_207_114_918;

const LOCK = statement('lock-signing-keys', 'SELECT pg_advisory_xact_lock($1)');

/** Changes come one after the other. */
function changeKeys<T>(em: EntityManager, change: (tx: EntityManager) => Promise<T>): Promise<T> {
  return em.transactional(async (tx) => {
    await sql(tx, LOCK, [KEY_LOCK_ID]);
    return change(tx);
  });
}

const INSERT = statement(
  'insert-signing-key',
  `INSERT INTO signing_keys (kid, algorithm, state, public_jwk, private_key_encrypted, secret_id)
   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (state) WHERE state IN ('current', 'next') DO NOTHING`,
);

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
  await sql(em, INSERT, [kid, algorithm, state, JSON.stringify(publicJwk), sealed, secret.id]);
}

/** Oldest first. */
export async function describeKeys(em: EntityManager): Promise<KeyDescription[]> {
  return em.find(
    SigningKey,
    {},
    { orderBy: { createdAt: 'asc', kid: 'asc' }, exclude: ['publicJwk', 'privateKeyEncrypted'] },
  );
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
  return changeKeys(em, async (tx) => {
    const next = await tx.findOne(SigningKey, { state: 'next' });
    if (!next) return 'no keys';
    if (!openKey(secrets, next)) return 'unreadable';
    const published = { kid: next.kid, createdAt: { $lte: databaseNowPlus(-rules.publishedSeconds) } };
    if ((await tx.count(SigningKey, published)) === 0) return 'too early';

    const current = await tx.findOne(SigningKey, { state: 'current' });
    if (current) Object.assign(current, { state: 'retiring', retiresAt: databaseNowPlus(rules.retireAfterSeconds) });
    await tx.flush(); // there is never more than one that signs
    next.state = 'current';
    await tx.flush();
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
  return changeKeys(em, async (tx) => {
    const current = await tx.findOne(SigningKey, { state: 'current' });
    if (!current) return 'no keys';
    if (!openKey(secrets, current)) return 'unreadable';
    await tx.nativeDelete(SigningKey, {});
    for (const state of ['current', 'next'] as const) await insertKey(tx, secrets.current, algorithm, state);
    return 'replaced';
  });
}

const DELETE_RETIRED = statement(
  'delete-retired-keys',
  `DELETE FROM signing_keys WHERE state = 'retiring' AND retires_at <= now() RETURNING kid`,
);

/** Removes keys whose last token has expired. @returns their ids. */
export async function pruneKeys(em: EntityManager): Promise<string[]> {
  return (await sql<{ kid: string }>(em, DELETE_RETIRED)).map(({ kid }) => kid);
}

export async function countRetiredKeys(em: EntityManager): Promise<number> {
  return em.count(SigningKey, { state: 'retiring', retiresAt: { $lte: databaseNow() } });
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
  return changeKeys(em, async (tx) => {
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
    return { rewrapped, unreadable };
  });
}

/** The ids of the keys that none of the secrets opens. */
export async function unreadableKeys(em: EntityManager, secrets: KeySecrets): Promise<string[]> {
  const rows = await em.find(SigningKey, {});
  return rows.filter((row) => !openKey(secrets, row)).map(({ kid }) => kid);
}
