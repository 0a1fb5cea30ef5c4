import { KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { createAccessTokens, type VerificationKeys } from '../../src/domain/access-token.js';

const NOW_SECONDS = 1_800_000_000;
const TTL_SECONDS = 900;
const issuer = 'https://auth.example.org';
const audience = 'fluxgate';
type PublishedKey = [kid: string, algorithm: string, publicKey: CryptoKey];

const claims = { userId: 'user-1', sessionId: 'session-1', roles: ['editor'] };

let nowSeconds = NOW_SECONDS;
const clock = () => new Date(nowSeconds * 1000);

const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
const stranger = await generateKeyPair('EdDSA');
const tokens = createAccessTokens({
  issuer,
  audience,
  ttlSeconds: TTL_SECONDS,
  clock,
  keys: () => ring(['key-1', 'EdDSA', publicKey]),
});
const token = await tokens.sign(claims);

beforeEach(() => {
  nowSeconds = NOW_SECONDS;
});

describe('access token', () => {
  it('carries the header and claims of RFC 9068', () => {
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: 'key-1' });
    expect(decodeJwt(token)).toEqual({
      iss: issuer,
      aud: audience,
      client_id: 'fluxgate',
      sub: 'user-1',
      sid: 'session-1',
      roles: ['editor'],
      iat: NOW_SECONDS,
      exp: NOW_SECONDS + TTL_SECONDS,
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  it('has an identity of its own each time', async () => {
    expect(decodeJwt(await tokens.sign(claims)).jti).not.toBe(decodeJwt(token).jti);
  });

  it('verifies until the second it expires', async () => {
    const expiresAtMs = (NOW_SECONDS + TTL_SECONDS) * 1000;
    nowSeconds = NOW_SECONDS + TTL_SECONDS - 1;
    expect(await tokens.verify(token)).toEqual({ ...claims, issuedAtMs: NOW_SECONDS * 1000, expiresAtMs });
    nowSeconds = NOW_SECONDS + TTL_SECONDS;
    expect(await tokens.verify(token)).toBeNull();
  });

  it.each([
    [60, 'takes'],
    [61, 'refuses'],
  ])('from a node whose clock is %i s ahead is one that it %s', async (aheadSeconds, verdict) => {
    nowSeconds = NOW_SECONDS - aheadSeconds;
    expect((await tokens.verify(token)) === null).toBe(verdict === 'refuses');
  });

  it('verifies with a retiring key, and with none that was withdrawn', async () => {
    const verify = (keys: VerificationKeys) =>
      createAccessTokens({ issuer, audience, ttlSeconds: TTL_SECONDS, clock, keys: () => keys }).verify(token);
    const next: PublishedKey = ['key-2', 'EdDSA', stranger.publicKey];
    expect(await verify(ring(next, ['key-1', 'EdDSA', publicKey]))).toMatchObject(claims);
    expect(await verify(ring(next))).toBeNull();
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
    ['for another audience', { aud: 'billing' }],
    ['from another issuer', { iss: 'https://evil.example' }],
    ['from this issuer with a slash', { iss: `${issuer}/` }],
    ['that never expires', { exp: undefined }],
    ['that expires as a string', { exp: String(NOW_SECONDS + 60) }],
    ['that outlives what the list of revoked sessions remembers', { exp: NOW_SECONDS + TTL_SECONDS + 61 }],
    ['that lives for ages', { exp: Number.MAX_VALUE }],
    ['without the time of its issue', { iat: undefined }],
    ['with the time of its issue as a string', { iat: String(NOW_SECONDS) }],
    ['that is not valid yet', { nbf: NOW_SECONDS + 61 }],
    ['without a subject', { sub: undefined }],
    ['with a subject that is a number', { sub: 7 }],
    ['without a session', { sid: undefined }],
    ['with a session that is an object', { sid: {} }],
    ['without an identity', { jti: undefined }],
    ['without a client', { client_id: undefined }],
    ['with roles that are no list', { roles: 'admin' }],
    ['with a role that is no word', { roles: [{}] }],
    ['of another type', {}, { typ: 'JWT' }],
    ['without a type', {}, { typ: undefined }],
    ['without a key id', {}, { kid: undefined }],
    ['with an unknown key id', {}, { kid: 'key-9' }],
    ['with a critical extension that nobody knows', {}, { crit: ['exp'], exp: 1 }],
  ])('is refused %s, even when our key signed it', async (_, changedClaims, changedHeader = {}) => {
    expect(await tokens.verify(await signed(privateKey, changedClaims, changedHeader))).toBeNull();
  });

  it('takes the token that those refusals differ from', async () => {
    expect(await tokens.verify(await signed(privateKey))).toMatchObject(claims);
  });

  it('is refused when another key signed it under the same key id', async () => {
    expect(await tokens.verify(await signed(stranger.privateKey))).toBeNull();
  });

  it('is refused when its header names another algorithm than its key has', async () => {
    const confused = createAccessTokens({
      issuer,
      audience,
      ttlSeconds: TTL_SECONDS,
      clock,
      keys: () => ring(['key-1', 'ES256', publicKey]),
    });
    expect(await confused.verify(token)).toBeNull();
  });

  it.each([
    ['empty', ''],
    ['a word', 'token'],
    ['dots', '..'],
    ['without its signature', token.slice(0, token.lastIndexOf('.') + 1)],
    ['with a signature cut short', token.slice(0, -4)],
    ['of five parts', `${token}.a.b`],
    ['longer than any of ours', token + 'A'.repeat(2_048)],
  ])('is refused %s', async (_, bad) => {
    expect(await tokens.verify(bad)).toBeNull();
  });
});

/** The first is the current one. */
function ring(...keys: [PublishedKey, ...PublishedKey[]]): VerificationKeys {
  const [[kid, algorithm]] = keys;
  const byKid = new Map(keys.map(([id, name, key]) => [id, { algorithm: name, publicKey: key }]));
  return { current: { kid, algorithm, privateKey: KeyObject.from(privateKey) }, find: (wanted) => byKid.get(wanted) };
}

async function signed(
  key: CryptoKey,
  changedClaims: Record<string, unknown> = {},
  changedHeader: Record<string, unknown> = {},
): Promise<string> {
  const payload = { ...decodeJwt(token), ...changedClaims };
  const header = { ...decodeProtectedHeader(token), ...changedHeader } as { alg: string };
  return new SignJWT(payload).setProtectedHeader(header).sign(key, { crit: { exp: true } });
}
