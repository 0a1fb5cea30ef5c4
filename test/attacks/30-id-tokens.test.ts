import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { startGateway, type Gateway } from '../support/gateway.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { logIn, logInWithProvider, signUp } from '../support/sign-in.js';

let google: OpenidProvider;
let acme: OpenidProvider;
let gateway: Gateway;
/** Another node on the same database. */
let other: Gateway;

beforeAll(async () => {
  [google, acme] = [await startOpenidProvider(), await startOpenidProvider()];
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ google, acme }) };
  gateway = await startGateway({ env });
  other = await startGateway({ env, databaseUrl: gateway.databaseUrl });
});
afterAll(async () => {
  await other.close();
  await gateway.close();
  await google.close();
  await acme.close();
});

const nowSeconds = () => Math.floor(Date.now() / 1000);
const attempt = (idToken: string, input: object = {}) => logInWithProvider(gateway, { idToken, ...input });
const count = async (table: string) => (await gateway.sql(`select from ${table}`)).length;

/** One that differs in the last bit, which is none of the 256 bytes' in the last character of a signature by RSA. */
function nextInBase64(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) + 1]!;
}

describe('30. an ID token that was not made for this sign-in', () => {
  /** Somebody whose account the attacker is after. */
  let victim: Person;
  let users: number;
  beforeEach(async () => {
    victim = somebody();
    await attempt(await google.idToken(victim));
    users = await count('users');
  });
  afterEach(async () => {
    expect(await count('users')).toBe(users);
    const rows = await gateway.sql(
      'select s.id from sessions s join identities i using (user_id) where i.subject = $1',
      [victim.sub],
    );
    expect(rows).toHaveLength(1);
  });

  const forged: Record<string, () => Promise<string>> = {
    'of another issuer, with the victim’s address': () => acme.idToken(victim),
    'that names our issuer, signed by another': () => acme.idToken(victim, { iss: google.issuer }),
    'for another client': () => google.idToken(victim, { aud: 'another-client' }),
    'for us and another client': () => google.idToken(victim, { aud: ['fluxgate', 'another-client'] }),
    'for nobody': () => google.idToken(victim, { aud: [] }),
    'that has expired': () => google.idToken(victim, { iat: nowSeconds() - 4_000, exp: nowSeconds() - 61 }),
    'without an expiry': () => google.idToken(victim, { exp: undefined }),
    'of yesterday, good for years': () =>
      google.idToken(victim, { iat: nowSeconds() - 90_000, exp: nowSeconds() + 1e8 }),
    'of tomorrow': () => google.idToken(victim, { iat: nowSeconds() + 90_000, exp: nowSeconds() + 99_000 }),
    'without a subject': () => google.idToken(victim, { sub: undefined }),
    'with a subject that is no text': () => google.idToken(victim, { sub: 5 }),
    'that is an access token': () => google.idToken(victim, {}, { typ: 'at+jwt' }),
    'that is bound to a nonce which the client does not know': () => google.idToken(victim, { nonce: 'n-1' }),
    'with a critical extension that nobody knows': () =>
      google.idToken(victim, {}, { crit: ['urn:example:unknown'], 'urn:example:unknown': 1 }),
    'with critical extensions that are no list': async () => {
      const [, claims = '', signature = ''] = (await google.idToken(victim)).split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'RS256', crit: 'b64' })).toString('base64url');
      return `${header}.${claims}.${signature}`;
    },
    'that was issued to another client, for us': () => google.idToken(victim, { azp: 'another-client' }),
    'that was issued to many, for us': () => google.idToken(victim, { azp: ['fluxgate'] }),
    'whose signature is spelt in another way': async () => {
      const token = await google.idToken(victim);
      return `${token.slice(0, -1)}${nextInBase64(token.at(-1)!)}`;
    },
    'whose signature is padded': async () => `${await google.idToken(victim)}==`,
    'with a key of its own in the header': async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = publicKey.export({ format: 'jwk' });
      return new SignJWT({ ...victim })
        .setProtectedHeader({ alg: 'RS256', jwk, jku: `${acme.issuer}/jwks` })
        .setIssuer(google.issuer)
        .setAudience('fluxgate')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey);
    },
    'that is signed with the client secret': () =>
      new SignJWT({ ...victim })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(google.issuer)
        .setAudience('fluxgate')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(Buffer.from('a-secret-that-the-provider-gave')),
    'that is not signed': () =>
      Promise.resolve(
        new UnsecuredJWT({ ...victim })
          .setIssuer(google.issuer)
          .setAudience('fluxgate')
          .setIssuedAt()
          .setExpirationTime('1h')
          .encode(),
      ),
    'that is none': () => Promise.resolve('\u0000"; drop table users; --'),
    'that is long': () => Promise.resolve(`${'a'.repeat(5_000)}.${'b'.repeat(5_000)}.c`),
  };

  it.each(Object.entries(forged))('%s', async (_, forge) => {
    expect((await attempt(await forge())).code).toBe('INVALID_CREDENTIALS');
  });

  it('of another provider that calls the victim’s subject its own is another person', async () => {
    const refused = await attempt(await acme.idToken({ ...victim, email_verified: false }), { provider: 'acme' });
    expect(refused.code).toBe('LOGIN_DENIED');
  });

  it.each([
    ['another nonce', 'n-2'],
    ['no nonce', null],
    ['an empty nonce', ''],
  ])('for a client that expects %s', async (_, nonce) => {
    expect((await attempt(await google.idToken(victim, { nonce: 'n-1' }), { nonce })).code).toBe('INVALID_CREDENTIALS');
  });

  it('without the nonce that the client expects', async () => {
    expect((await attempt(await google.idToken(victim), { nonce: 'n-1' })).code).toBe('INVALID_CREDENTIALS');
  });
});

describe('30. an ID token that is used again', () => {
  it('signs in once, of ten at the same moment on two nodes', async () => {
    const idToken = await google.idToken(somebody());
    const nodes = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? gateway : other));
    const answers = await Promise.all(nodes.map((node) => logInWithProvider(node, { idToken })));
    expect(answers.filter(({ __typename }) => __typename === 'AuthPayload')).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'INVALID_CREDENTIALS')).toHaveLength(9);
  });

  it('is refused by its nonce too, in whichever token that comes', async () => {
    const [person, nonce] = [somebody(), randomUUID()];
    expect((await attempt(await google.idToken(person, { nonce }), { nonce })).__typename).toBe('AuthPayload');
    expect((await attempt(await google.idToken(person, { nonce }), { nonce })).code).toBe('INVALID_CREDENTIALS');
  });
});

it('30. two hundred unknown keys cost the provider a request or two', async () => {
  const before = google.requests.filter((path) => path === '/jwks').length;
  const tokens = await Promise.all(
    Array.from({ length: 200 }, (_, index) => google.idToken(somebody(), {}, { kid: `../../${index}'"` })),
  );
  for (const batch of [0, 1, 2, 3, 4]) {
    const answers = await Promise.all(tokens.slice(batch * 40, batch * 40 + 40).map((idToken) => attempt(idToken)));
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['INVALID_CREDENTIALS']));
  }
  expect(google.requests.filter((path) => path === '/jwks').length - before).toBeLessThanOrEqual(2);
});

describe('31. an address that the provider has not verified links to nothing', () => {
  it.each([false, undefined, 'true', 'false', 1, null, {}, [true]])('email_verified: %j', async (verified) => {
    const { user } = await signUp(gateway);
    await gateway.sql('update users set email_verified_at = now() where id = $1', [user.id]);
    const before = await count('identities');
    const person = { ...somebody(), email: user.email, email_verified: verified };
    expect((await attempt(await google.idToken(person))).code).toBe('LOGIN_DENIED');
    expect(await count('identities')).toBe(before);
    expect((await logIn(gateway, { email: user.email })).__typename).toBe('AuthPayload');
  });

  it.each(['', 'no address', 'a@b', 5, null, undefined])('email: %j', async (email) => {
    const before = await count('users');
    const person = { ...somebody(), email } as Person;
    expect((await attempt(await google.idToken(person))).code).toBe('LOGIN_DENIED');
    expect(await count('users')).toBe(before);
  });
});
