import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { Provider, type Adapter, type AdapterPayload, type JWKS } from 'oidc-provider';
import { freshEmail } from './sign-in.js';

const CLIENT_ID = 'fluxgate';
const CLIENT_SECRET = 'a-secret-that-the-provider-gave';

/** Somebody who has an account at the provider. */
export interface Person {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: unknown;
  readonly name?: string;
  /** The domain of the Workspace that it is of, as Google says it. */
  readonly hd?: unknown;
}

/** Somebody new, whose address the provider has verified. */
export function somebody(claims: Partial<Person> = {}): Person {
  return { sub: randomUUID(), email: freshEmail(), email_verified: true, name: 'Ann of Acme', ...claims };
}

export interface OpenidProvider {
  readonly issuer: string;
  /** Where it listens. */
  readonly url: string;
  /** Who sits at the browser: whom the provider signs in without asking. */
  person: Person;
  /** Asks first, on a page with one button. */
  asks: boolean;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Answers nothing, takes every connection; or answers with a status. */
  trouble: 'none' | 'silent' | 503;
  /** An ID token as the provider signs them, with whatever is given instead of what it would hold. */
  idToken(person: Person, claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** Signs with a new key from now on, and forgets the last one. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

/** The settings of a gateway that knows these providers, by name. */
export function providerEnv(providers: Readonly<Record<string, OpenidProvider>>): Record<string, string> {
  const entries = Object.entries(providers).flatMap(([name, { issuer }]) => {
    const prefix = `FLUXGATE_PROVIDER_${name.toUpperCase()}`;
    return [
      [`${prefix}_ISSUER`, issuer],
      [`${prefix}_CLIENT_ID`, CLIENT_ID],
      [`${prefix}_CLIENT_SECRET`, CLIENT_SECRET],
    ];
  });
  return { FLUXGATE_PROVIDERS: Object.keys(providers).join(), ...Object.fromEntries(entries) };
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwks: JWKS;
}

/**
 * A certified OpenID provider on loopback, with one client. Its people have no password.
 *
 * @param host a name of this machine: for a browser another site than other names of it.
 * @param named what it calls itself, where that is not where it listens.
 */
export async function startOpenidProvider(
  redirectUris: readonly string[] = [],
  host: '127.0.0.1' | 'localhost' = '127.0.0.1',
  named: string | null = null,
): Promise<OpenidProvider> {
  let key = await makeKey();
  const adapter = keepInMemory();
  let provider: Provider;
  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, host), 'listening');
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const issuer = named ?? url;

  const self: OpenidProvider = {
    issuer,
    url,
    person: { sub: 'nobody' },
    asks: false,
    requests: [],
    trouble: 'none',
    async idToken({ sub, ...person }, claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: issuer, aud: CLIENT_ID, sub, iat: now, exp: now + 3600, jti: `${Math.random()}` };
      return new SignJWT({ ...payload, ...person, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
        .sign(key.privateKey, { crit: { 'urn:example:unknown': true } });
    },
    async rotateKeys() {
      key = await makeKey();
      provider = configure(self, key.jwks, redirectUris, adapter);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  provider = configure(self, key.jwks, redirectUris, adapter);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    self.requests.push(path);
    if (self.trouble === 'silent') return;
    if (self.trouble === 503) return void response.writeHead(503).end();
    if (!path.startsWith('/interaction/')) return provider.callback()(request, response);
    if (self.asks && request.method === 'GET')
      return void response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><title>Provider</title><form method="post"><button>Yes, it is me</button></form>`);
    return signIn(provider, self.person, request, response);
  }

  return self;
}

async function makeKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = `key-${(await exportJWK(publicKey)).n?.slice(0, 8)}`;
  return { kid, privateKey, jwks: { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] } };
}

function configure(
  self: OpenidProvider,
  jwks: JWKS,
  redirectUris: readonly string[],
  adapter: ReturnType<typeof keepInMemory>,
): Provider {
  return new Provider(self.issuer, {
    adapter,
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [...redirectUris],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['for tests only'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ ...self.person, sub }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 3600, Interaction: 600, Session: 600 },
  });
}

/** What the provider keeps, in memory. Its own adapter for that warns on the console. */
function keepInMemory(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  const find = (matches: (payload: AdapterPayload) => boolean) => Promise.resolve([...kept.values()].find(matches));
  return (model) => ({
    upsert: (id, payload) => Promise.resolve(void kept.set(`${model} ${id}`, payload)),
    find: (id) => Promise.resolve(kept.get(`${model} ${id}`)),
    findByUid: (uid) => find((payload) => payload.uid === uid),
    findByUserCode: (userCode) => find((payload) => payload.userCode === userCode),
    consume(id) {
      const payload = kept.get(`${model} ${id}`);
      if (payload) kept.set(`${model} ${id}`, { ...payload, consumed: Math.floor(Date.now() / 1000) });
      return Promise.resolve();
    },
    destroy: (id) => Promise.resolve(void kept.delete(`${model} ${id}`)),
    revokeByGrantId(grantId) {
      for (const [id, payload] of kept) if (payload.grantId === grantId) kept.delete(id);
      return Promise.resolve();
    },
  });
}

/** Finishes whatever the provider asks: who it is, and whether the client may know. */
async function signIn(
  provider: Provider,
  { sub }: Person,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params, grantId } = await provider.interactionDetails(request, response);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: sub, clientId: String(params['client_id']) });
  grant.addOIDCScope('openid email profile');
  const result = { login: { accountId: sub }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
