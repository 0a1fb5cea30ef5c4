import { createHmac } from 'node:crypto';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { signDevice } from '../../src/domain/device/device-cookie.js';
import { deriveKeys } from '../../src/domain/key-derivation.js';
import { mint } from '../../src/domain/refresh-token.js';
import { decrypt } from '../../src/domain/signing-keys/encryption.js';
import { TEST_SECRET, type Gateway } from './gateway.js';

/** What only the holder of the tests' secret can make: authentic, however odd. */
const derived = deriveKeys(TEST_SECRET);
const refreshKey = { id: derived.id, secret: derived.refresh };
const refreshKeys = { minting: refreshKey, verifying: new Map([[refreshKey.id, refreshKey]]) };

/** The refresh token that is valid while the session's counter is `counter`. */
export function refreshTokenAt(sessionId: string, counter: number): string {
  return mint(refreshKeys, sessionId, BigInt(counter));
}

/** The value of the signed device cookie. */
export function deviceCookieOf(deviceId: string, passwordVersion = 1): string {
  const keys = { signing: derived.device, verifying: [derived.device] };
  return signDevice(keys, { deviceId, passwordVersion });
}

/** One that gateways signed before cookies told the password's version. */
export function earlierDeviceCookieOf(deviceId: string): string {
  const body = Buffer.from(`01${deviceId.replaceAll('-', '')}`, 'hex');
  return Buffer.concat([body, createHmac('sha256', derived.device).update(body).digest()]).toString('base64url');
}

export interface CurrentKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

/** The key that signs a gateway's access tokens, taken from its database and decrypted. */
export async function currentKeyOf(gateway: Gateway): Promise<CurrentKey> {
  const [row] = await gateway.sql<{ kid: string; algorithm: string; public_jwk: JWK; private_key_encrypted: Buffer }>(
    `select * from signing_keys where state = 'current'`,
  );
  const opened = row && decrypt(derived.encryption, row.kid, row.private_key_encrypted);
  if (!row || !opened) throw new Error('the current key cannot be opened');
  const privateJwk = JSON.parse(opened.toString()) as JWK;
  const privateKey = (await importJWK(privateJwk, row.algorithm)) as CryptoKey;
  return { kid: row.kid, algorithm: row.algorithm, privateKey, privateJwk, publicJwk: row.public_jwk };
}
