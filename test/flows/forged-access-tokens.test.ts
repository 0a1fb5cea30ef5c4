import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import * as jose from 'jose';
import { bearer, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { currentKeyOf, deviceCookieOf, type CurrentKey } from '../support/minted-tokens.js';
import { signUp, type SignedIn } from '../support/sign-in.js';

type Json = Record<string, unknown>;

let gateway: Gateway;
let signedIn: SignedIn;
let key: CurrentKey;
let stranger: { publicKey: jose.CryptoKey; privateKey: jose.CryptoKey };
/** Where a forged header sends a verifier that fetches keys from wherever it is told. */
let elsewhere: Server;
let visits = 0;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
  signedIn = await signUp(gateway);
  key = await currentKeyOf(gateway);
  stranger = await jose.generateKeyPair('EdDSA', { extractable: true });
  const jwk = { ...(await jose.exportJWK(stranger.publicKey)), kid: key.kid, alg: 'EdDSA', use: 'sig' };
  elsewhere = createServer((_request, response) => {
    visits += 1;
    response.end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
});
afterAll(async () => {
  elsewhere.close();
  await gateway.close();
});

function claims(changed: Json = {}): Json {
  const now = nowSeconds();
  return {
    iss: gateway.url,
    aud: 'fluxgate',
    client_id: 'fluxgate',
    sub: signedIn.user.id,
    sid: signedIn.session.id,
    roles: [],
    iat: now,
    exp: now + 900,
    jti: 'forged-token-000',
    ...changed,
  };
}

function header(changed: Json = {}): Json {
  return { alg: 'EdDSA', typ: 'at+jwt', kid: key.kid, ...changed };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Signed by our own key, or by another. */
async function signed(changed: { claims?: Json; header?: Json; by?: jose.CryptoKey | Uint8Array }): Promise<string> {
  return new jose.SignJWT(claims(changed.claims))
    .setProtectedHeader(header(changed.header) as { alg: string })
    .sign(changed.by ?? key.privateKey, { crit: { 'urn:example:unknown': true } });
}

/** Parts as they are written, no library in between. */
function raw(tokenHeader: Json, payload: Json, signature: string): string {
  const encode = (part: Json) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(tokenHeader)}.${encode(payload)}.${signature}`;
}

async function askWith(authorization: string): Promise<Answer> {
  return gateway.gql('{ me { id } sessions { id } }', {}, { authorization });
}

async function expectRefused(token: string): Promise<void> {
  const answer = await askWith(`Bearer ${token}`);
  expect({ status: answer.status, code: answer.errors?.[0]?.extensions['code'] }).toEqual({
    status: 401,
    code: 'UNAUTHENTICATED',
  });
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate", error="invalid_token"');
  expect(JSON.stringify(answer)).not.toContain(signedIn.user.id);
}

it('a token with the claims and header that the forged ones start from is accepted', async () => {
  const answer = await gateway.gql('{ me { id } }', {}, bearer(await signed({})));
  expect(answer.data).toEqual({ me: { id: signedIn.user.id } });
});

describe('a token without a signature', () => {
  it.each(['none', 'nOnE', 'NONE', 'None', '', 'EdDSA'])('is refused with the algorithm "%s"', async (alg) => {
    await expectRefused(raw(header({ alg }), claims(), ''));
    await expectRefused(raw(header({ alg }), claims(), signedIn.accessToken.split('.')[2]!));
  });

  it('is refused with the signature of another token', async () => {
    await expectRefused(raw(header(), claims({ roles: ['admin'] }), signedIn.accessToken.split('.')[2]!));
  });
});

describe('a token signed with what everybody knows', () => {
  it.each<[string, () => Promise<string> | string]>([
    [
      'the public key in PEM',
      async () => jose.exportSPKI((await jose.importJWK(key.publicJwk, 'EdDSA')) as jose.CryptoKey),
    ],
    ['the public key as JSON', () => JSON.stringify(key.publicJwk)],
    ['the bytes of the public key', () => Buffer.from(key.publicJwk.x!, 'base64url').toString('latin1')],
    ['the key id', () => key.kid],
  ])('is refused as HS256 over %s', async (_, secretText) => {
    const secret = Buffer.from(await secretText(), 'latin1');
    const padded = secret.length < 32 ? Buffer.concat([secret, Buffer.alloc(32 - secret.length)]) : secret;
    await expectRefused(await signed({ header: { alg: 'HS256' }, by: padded }));
  });
});

describe('a token that brings its own key', () => {
  it.each<[string, () => Promise<Json> | Json]>([
    ['jwk', async () => ({ jwk: await jose.exportJWK(stranger.publicKey) })],
    ['jku', () => ({ jku: elsewhereUrl() })],
    ['jku and the kid of its key', async () => ({ jku: elsewhereUrl(), kid: await strangersKid() })],
    ['x5u', () => ({ x5u: elsewhereUrl() })],
    ['x5c', () => ({ x5c: ['MIIB'] })],
  ])('by %s is refused, and nothing is fetched', async (_, extra) => {
    await expectRefused(await signed({ header: await extra(), by: stranger.privateKey }));
    expect(visits).toBe(0);
  });

  it.each(['../../x', "'", `' or ''='`, '', '__proto__', 'constructor', '\u0000', 'k'.repeat(500)])(
    'is refused under the key id %j',
    async (kid) => {
      await expectRefused(await signed({ header: { kid }, by: stranger.privateKey }));
      await expectRefused(await signed({ header: { kid } }));
    },
  );

  it.each([[7], [null], [{}], [['a']], [true]])('is refused under a key id that is no text: %j', async (kid) => {
    await expectRefused(raw(header({ kid }), claims(), signedIn.accessToken.split('.')[2]!));
  });

  it('is refused under a thousand key ids, and nothing is fetched', async () => {
    for (let at = 0; at < 1_000; at += 1) {
      const token = await signed({ header: { kid: `kid-${at}` }, by: stranger.privateKey });
      expect((await gateway.gql('{ me { id } }', {}, bearer(token))).status).toBe(401);
    }
    expect(visits).toBe(0);
  });
});

describe('a token of our own key with odd claims', () => {
  it.each<[string, (now: number) => Json]>([
    ['no exp', () => ({ exp: undefined })],
    ['exp as text', (now) => ({ exp: String(now + 60) })],
    ['exp as null', () => ({ exp: null })],
    ['exp in the far future', () => ({ exp: Number.MAX_VALUE })],
    ['exp in the past', (now) => ({ exp: now - 1 })],
    ['exp below zero', () => ({ exp: -1 })],
    ['no iat', () => ({ iat: undefined })],
    ['iat as text', (now) => ({ iat: String(now) })],
    ['iat more than a minute ahead', (now) => ({ iat: now + 120, exp: now + 900 })],
    ['nbf in the future', (now) => ({ nbf: now + 120 })],
    ['nbf as text', () => ({ nbf: 'now' })],
    ['another audience', () => ({ aud: 'billing' })],
    ['no audience', () => ({ aud: undefined })],
    ['a list of other audiences', () => ({ aud: ['billing', 'shop'] })],
    ['another issuer', () => ({ iss: 'https://evil.example' })],
    ['no issuer', () => ({ iss: undefined })],
    ['a list of issuers', () => ({ iss: [gateway.url] })],
    ['no subject', () => ({ sub: undefined })],
    ['a subject that is an object', () => ({ sub: { $ne: null } })],
    ['no session', () => ({ sid: undefined })],
    ['no roles', () => ({ roles: undefined })],
    ['no client', () => ({ client_id: undefined })],
  ])('is refused: %s', async (_, changed) => {
    await expectRefused(await signed({ claims: changed(nowSeconds()) }));
  });

  it.each<[string, Json]>([
    ['the type of an ID token', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['the type of a logout token', { typ: 'logout+jwt' }],
    ['a critical extension that nobody knows', { crit: ['urn:example:unknown'], 'urn:example:unknown': 1 }],
  ])('is refused: %s', async (_, changed) => {
    await expectRefused(await signed({ header: changed }));
  });

  it.each<[string, Json]>([
    ['an empty list of critical extensions', { crit: [] }],
    ['critical extensions that are no list', { crit: 'b64' }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
  ])('is refused: %s', async (_, changed) => {
    await expectRefused(raw(header(changed), claims(), signedIn.accessToken.split('.')[2]!));
  });
});

describe('a token that is spelt in another way', () => {
  it.each<[string, (token: string) => string]>([
    ['in the last bits of its signature', (token) => `${token.slice(0, -1)}${nextInBase64(token.at(-1)!)}`],
    ['with padding', (token) => `${token}==`],
    ['with a signature in base64', (token) => token.replace(/[^.]*$/, (part) => standardBase64(part))],
  ])('is refused: %s', async (_, respell) => {
    let { accessToken } = signedIn;
    while (!/[-_][^.]*$/.test(accessToken)) accessToken = await signed({ claims: { jti: crypto.randomUUID() } });
    await expectRefused(respell(accessToken));
  });
});

describe('something else in the place of an access token', () => {
  it('is refused when it is a refresh token', async () => {
    await expectRefused(signedIn.refreshToken);
  });

  it('is refused when it is a device cookie', async () => {
    await expectRefused(deviceCookieOf(signedIn.session.device.id));
  });

  it('is refused when it is encrypted, however costly or large it would be to open', async () => {
    const secret = await jose.generateKeyPair('ECDH-ES');
    const bomb = deflateRawSync(Buffer.alloc(100_000_000)).subarray(0, 6_000);
    await expectRefused(
      await new jose.CompactEncrypt(Buffer.from(JSON.stringify(claims())))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, typ: 'at+jwt' })
        .encrypt(secret.publicKey),
    );
    const costly = header({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'c2FsdHNhbHQ' });
    await expectRefused(`${raw(costly, {}, 'a2V5')}.Y2lwaGVydGV4dA.dGFn`);
    const zipped = header({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' });
    await expectRefused(`${raw(zipped, {}, 'a2V5')}.${bomb.toString('base64url')}.dGFn`);
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer ..',
    'Bearer e30.e30.e30',
    'Basic dXNlcjpwYXNzd29yZA==',
    'DPoP e30.e30.e30',
    'token',
    'bearer\ttoken',
    `Bearer ${'A'.repeat(8_000)}`,
    `Bearer ${'A.'.repeat(4_000)}`,
  ])('is refused when the header is %j', async (authorization) => {
    const answer = await askWith(authorization);
    expect(answer.status).toBe(401);
    expect(answer.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  });
});

function elsewhereUrl(): string {
  return `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/keys.json`;
}

async function strangersKid(): Promise<string> {
  return (await jose.calculateJwkThumbprint(await jose.exportJWK(stranger.publicKey))).slice(0, 8);
}

/** Of 64 bytes the last character has four bits that are nobody's. */
function nextInBase64(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) + 1]!;
}

function standardBase64(part: string): string {
  return part.replaceAll('-', '+').replaceAll('_', '/');
}
