import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { StartupError } from '../../src/errors.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { currentKeyOf } from '../support/minted-tokens.js';
import { refreshWith, signUp } from '../support/sign-in.js';

const MAX_TOKEN_CHARACTERS = 640;
const MAX_RS256_TOKEN_CHARACTERS = 900;
/** As long as a public URL gets. */
const PUBLIC_URL = 'https://authentication.internal.services.example.org:8443';

const running: Gateway[] = [];
afterAll(async () => {
  for (const gateway of running) await gateway.close();
});

async function start(env: Record<string, string> = {}): Promise<Gateway> {
  const gateway = await startGateway({ env });
  running.push(gateway);
  return gateway;
}

async function getJson<T>(gateway: Gateway, path: string): Promise<{ headers: Headers; body: T }> {
  const response = await fetch(`${gateway.url}${path}`);
  expect(response.status).toBe(200);
  return { headers: response.headers, body: (await response.json()) as T };
}

/** As another service does it: with the published keys alone. */
async function verifyElsewhere(gateway: Gateway, token: string, issuer = gateway.url) {
  const keys = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
  return jwtVerify(token, keys, { issuer, audience: 'fluxgate', typ: 'at+jwt' });
}

describe.each([
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }, MAX_TOKEN_CHARACTERS],
  ['ES256', { kty: 'EC', crv: 'P-256' }, MAX_TOKEN_CHARACTERS],
  ['RS256', { kty: 'RSA', e: 'AQAB' }, MAX_RS256_TOKEN_CHARACTERS],
])('access tokens signed with %s', (algorithm, published, maxCharacters) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start({ FLUXGATE_SIGNING_ALGORITHM: algorithm, FLUXGATE_PUBLIC_URL: PUBLIC_URL });
  });

  it('carry the claims and the header of RFC 9068, and verify with the published keys alone', async () => {
    const { accessToken, user, session } = await signUp(gateway);
    const { payload, protectedHeader } = await verifyElsewhere(gateway, accessToken, PUBLIC_URL);
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{8}$/) });
    expect(payload).toEqual({
      iss: PUBLIC_URL,
      aud: 'fluxgate',
      client_id: 'fluxgate',
      sub: user.id,
      sid: session.id,
      roles: [],
      iat: expect.any(Number),
      exp: payload.iat! + 900,
      jti: expect.any(String),
    });
  });

  it(`are at most ${maxCharacters} characters long, with three roles too`, async () => {
    const { refreshToken, user } = await signUp(gateway);
    await gateway.sql(`update users set roles = '{administrator,support-agent,accountant}' where id = $1`, [user.id]);
    const { accessToken } = await refreshWith(gateway, refreshToken);
    expect(accessToken.length).toBeLessThanOrEqual(maxCharacters);
  });

  it('sign a user in here', async () => {
    const { accessToken, user } = await signUp(gateway);
    const answer = await gateway.gql('{ me { id } }', {}, bearer(accessToken));
    expect(answer.data).toEqual({ me: { id: user.id } });
  });

  it('have their keys published without the private halves, the next one already', async () => {
    const { headers, body } = await getJson<JSONWebKeySet>(gateway, '/.well-known/jwks.json');
    const { kid } = await currentKeyOf(gateway);
    expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json\b/);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(body.keys).toHaveLength(2);
    expect(body.keys.map((key) => key.kid)).toContain(kid);
    for (const key of body.keys) {
      expect(key).toMatchObject({ ...published, alg: algorithm, use: 'sig' });
      expect(Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name))).toEqual([]);
    }
  });
});

describe('the metadata document', () => {
  it('names the issuer and where its keys are (RFC 8414)', async () => {
    const gateway = await start();
    const { headers, body } = await getJson<{ issuer: string; jwks_uri: string }>(
      gateway,
      '/.well-known/oauth-authorization-server',
    );
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(body).toMatchObject({ issuer: gateway.url, jwks_uri: `${gateway.url}/.well-known/jwks.json` });

    const { accessToken } = await signUp(gateway);
    const keys = createRemoteJWKSet(new URL(body.jwks_uri));
    await expect(jwtVerify(accessToken, keys, { issuer: body.issuer })).resolves.toBeDefined();
  });
});

describe('settings of access tokens', () => {
  it('decide their audience and how long they live', async () => {
    const gateway = await start({ FLUXGATE_AUDIENCE: 'billing', FLUXGATE_ACCESS_TTL: '60' });
    const { accessToken } = await signUp(gateway);
    const { payload } = await jwtVerify(
      accessToken,
      createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`)),
    );
    expect(payload).toMatchObject({ aud: 'billing', exp: payload.iat! + 60 });
  });
});

describe('the signing keys in the database', () => {
  it('are encrypted: no private half is in the table', async () => {
    const gateway = await start();
    const rows = await gateway.sql<{ public_jwk: Record<string, unknown>; sealed: string; row: string }>(
      `select public_jwk, encode(private_key_encrypted, 'escape') as sealed, signing_keys::text as row from signing_keys`,
    );
    const { d } = (await currentKeyOf(gateway)).privateJwk;
    expect(rows).toHaveLength(2);
    for (const { public_jwk, sealed, row } of rows) {
      expect(Object.keys(public_jwk).sort()).toEqual(['crv', 'kty', 'x']);
      expect(sealed).not.toMatch(/"d"|kty|OKP/);
      expect(row).not.toContain(d);
      expect(row).not.toContain(Buffer.from(d!, 'base64url').toString('hex'));
    }
  });

  it('are made once, however many nodes start at the same moment', async () => {
    const gateway = await start();
    await gateway.sql('delete from signing_keys');
    const nodes = await Promise.all([1, 2, 3].map(() => startGateway({ databaseUrl: gateway.databaseUrl })));
    try {
      expect(await gateway.sql('select state from signing_keys order by state')).toEqual([
        { state: 'current' },
        { state: 'next' },
      ]);
      const sets = await Promise.all(nodes.map((node) => getJson<JSONWebKeySet>(node, '/.well-known/jwks.json')));
      expect(
        new Set(
          sets.map(({ body }) =>
            body.keys
              .map(({ kid }) => kid)
              .sort()
              .join(),
          ),
        ).size,
      ).toBe(1);
    } finally {
      for (const node of nodes) await node.close();
    }
  });

  it('stay when the gateway starts again: tokens from before still hold', async () => {
    const env = { FLUXGATE_PUBLIC_URL: PUBLIC_URL };
    const gateway = await start(env);
    const { accessToken } = await signUp(gateway);
    const restarted = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      expect((await restarted.gql('{ me { id } }', {}, bearer(accessToken))).status).toBe(200);
    } finally {
      await restarted.close();
    }
  });

  it('keep their algorithm until they are rotated, whatever the setting says', async () => {
    const gateway = await start();
    const env = { FLUXGATE_SIGNING_ALGORITHM: 'ES256' };
    const restarted = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      expect(decodeProtectedHeader((await signUp(restarted)).accessToken).alg).toBe('EdDSA');
    } finally {
      await restarted.close();
    }
  });

  it('refuse a gateway that has another secret, in one sentence that does not repeat it', async () => {
    const gateway = await start();
    const secret = 'Zq8Wn4Rk1Tx6Yb3Mv9Lc2Hd7Pf5Gs0Ja';
    const starting = startGateway({ env: { FLUXGATE_SECRET: secret }, databaseUrl: gateway.databaseUrl });
    const refusal = await starting.then(
      () => null,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(StartupError);
    expect((refusal as StartupError).message).toMatch(
      /^FLUXGATE_SECRET is not the secret that this database was made with/,
    );
    expect((refusal as StartupError).message).not.toContain(secret);
    expect(await gateway.sql('select 1 from signing_keys')).toHaveLength(2);
  });
});
