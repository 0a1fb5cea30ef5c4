import { generateKeyPairSync } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import { createAccessTokens, rememberVerified, type VerificationKeys } from '../../src/domain/access-token.js';

const IN_FLIGHT = 150;
const options = { issuer: 'https://auth.example', audience: 'api', ttlSeconds: 900, clock: () => new Date() };
const claims = { userId: 'user', sessionId: 'session', roles: [] };

/** RSA: it is verified on another thread, so that there is a time in which it is on its way. */
async function newRing(kid: string): Promise<VerificationKeys> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const imported = await importJWK(publicKey.export({ format: 'jwk' }) as JWK, 'RS256');
  if (imported instanceof Uint8Array) throw new TypeError('an asymmetric key');
  const found = { algorithm: 'RS256', publicKey: imported };
  return { current: { kid, algorithm: 'RS256', privateKey }, find: (asked) => (asked === kid ? found : undefined) };
}

it('70. tokens of a leaked key verify no more once the keys are replaced, however many are on their way then', async () => {
  let ring = await newRing('leaked');
  const tokens = rememberVerified(createAccessTokens({ ...options, keys: () => ring }), {
    ...options,
    keys: () => ring,
  });
  const leaked = await Promise.all(Array.from({ length: IN_FLIGHT }, () => tokens.sign(claims)));
  const replacement = await newRing('replacement');
  const onTheirWay = leaked.map((token) => tokens.verify(token));
  ring = replacement;
  await Promise.all([...onTheirWay, tokens.verify('whatever comes next')]);

  const again = await Promise.all(leaked.map((token) => tokens.verify(token)));
  expect(again.filter((verified) => verified !== null)).toEqual([]);
});
