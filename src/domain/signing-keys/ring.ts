import type { EntityManager } from '@mikro-orm/postgresql';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import { StartupError } from '../../errors.js';
import { SigningKey } from '../../storage/entities/signing-key.js';
import { sql } from '../../storage/orm.js';
import { decrypt, encrypt } from './encryption.js';

/**
 * The keys that sign access tokens, shared by every node through the database, private halves encrypted.
 *
 * A key is published before it signs (`next`), signs (`current`), and verifies until the last token that it signed
 * has expired (`retiring`): a verifier that caches the key set never meets a key it does not know.
 */
export type SigningAlgorithm = 'EdDSA' | 'ES256' | 'RS256';

export interface KeyEncryption {
  readonly id: number;
  /** 32 bytes. */
  readonly encryption: Uint8Array;
}

export interface KeyRing {
  readonly current: { readonly kid: string; readonly algorithm: SigningAlgorithm; readonly privateKey: CryptoKey };
  find(kid: string): { readonly algorithm: SigningAlgorithm; readonly publicKey: CryptoKey } | undefined;
  /** RFC 7517 §5. */
  readonly jwks: JSONWebKeySet;
}

const KID_CHARACTERS = 8;
const RSA_MODULUS_BITS = 2048;

/**
 * Loads the ring; the first node ever makes the first keys.
 *
 * @throws StartupError when another secret encrypted the keys.
 */
export async function loadKeyRing(
  em: EntityManager,
  secret: KeyEncryption,
  algorithm: SigningAlgorithm,
): Promise<KeyRing> {
  let rows = await em.find(SigningKey, {}, { orderBy: { createdAt: 'asc' } });
  if (!rows.some((row) => row.state === 'current')) {
    await em.transactional(async (tx) => {
      for (const state of ['current', 'next'] as const) await insertKey(tx, secret, algorithm, state);
    });
    rows = await em.find(SigningKey, {}, { orderBy: { createdAt: 'asc' } });
  }
  return assemble(rows, secret);
}

/**
 * Two nodes that start at once make one key for each state: the other's insert waits for this transaction, then does
 * nothing, so that both know both.
 */
async function insertKey(
  em: EntityManager,
  secret: KeyEncryption,
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

async function assemble(rows: readonly SigningKey[], secret: KeyEncryption): Promise<KeyRing> {
  const row = rows.find(({ state }) => state === 'current');
  const opened = row && decrypt(secret.encryption, row.kid, row.privateKeyEncrypted);
  if (!row || !opened)
    throw new StartupError(
      'FLUXGATE_SECRET is not the secret that this database was made with: its signing keys cannot be decrypted. ' +
        'Start with the secret used before.',
    );

  const privateKey = await importKey(JSON.parse(opened.toString()) as JWK, row.algorithm);
  const published = new Map<string, { algorithm: SigningAlgorithm; publicKey: CryptoKey }>();
  for (const { kid, algorithm, publicJwk } of rows)
    published.set(kid, { algorithm, publicKey: await importKey(publicJwk, algorithm) });

  return {
    current: { kid: row.kid, algorithm: row.algorithm, privateKey },
    find: (kid) => published.get(kid),
    jwks: { keys: rows.map(({ kid, algorithm, publicJwk }) => ({ ...publicJwk, kid, alg: algorithm, use: 'sig' })) },
  };
}

async function importKey(jwk: JWK, algorithm: SigningAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new TypeError('a signing key is asymmetric');
  return key;
}
