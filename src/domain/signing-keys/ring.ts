import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { raw, type EntityManager } from '@mikro-orm/postgresql';
import { importJWK, type CryptoKey, type JSONWebKeySet, type JWK } from 'jose';
import { StartupError } from '../../errors.js';
import { SigningKey } from '../../storage/entities/signing-key.js';
import { insertKey, openKey, type KeySecrets, type SigningAlgorithm } from './store.js';

/**
 * The keys that sign access tokens, shared by every node through the database, private halves encrypted.
 *
 * A key is published before it signs (`next`), signs (`current`), and verifies until the last token that it signed
 * has expired (`retiring`): a verifier that caches the key set never meets a key it does not know.
 */
export interface KeyRing {
  readonly current: { readonly kid: string; readonly algorithm: SigningAlgorithm; readonly privateKey: KeyObject };
  find(kid: string): { readonly algorithm: SigningAlgorithm; readonly publicKey: CryptoKey } | undefined;
  /** RFC 7517 §5. */
  readonly jwks: JSONWebKeySet;
}

/**
 * Loads the ring; the first node ever makes the first keys.
 *
 * @throws StartupError when none of the secrets encrypted the keys.
 */
export async function loadKeyRing(
  em: EntityManager,
  secrets: KeySecrets,
  algorithm: SigningAlgorithm,
): Promise<KeyRing> {
  let rows = await readKeys(em);
  if (!rows.some((row) => row.state === 'current')) {
    await em.transactional(async (tx) => {
      for (const state of ['current', 'next'] as const) await insertKey(tx, secrets.current, algorithm, state);
    });
    rows = await readKeys(em);
  }
  return assemble(rows, secrets);
}

/** Without those that have verified their last token, though they are still there. */
function readKeys(em: EntityManager): Promise<SigningKey[]> {
  const verifying = { $or: [{ retiresAt: null }, { retiresAt: { $gt: raw('now()') } }] };
  return em.find(SigningKey, verifying, { orderBy: { createdAt: 'asc', kid: 'asc' } });
}

async function assemble(rows: readonly SigningKey[], secrets: KeySecrets): Promise<KeyRing> {
  const row = rows.find(({ state }) => state === 'current');
  const opened = row && openKey(secrets, row);
  if (!row || !opened)
    throw new StartupError(
      'FLUXGATE_SECRET is not the secret that this database was made with: its signing keys cannot be decrypted. ' +
        'Start with the secret used before, or name it in FLUXGATE_SECRET_PREVIOUS.',
    );

  const privateKey = createPrivateKey({ key: JSON.parse(opened.toString()) as JsonWebKey, format: 'jwk' });
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
