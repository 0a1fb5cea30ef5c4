import { createRemoteJWKSet, customFetch as joseFetch, errors, type JWTVerifyGetKey } from 'jose';
import * as openid from 'openid-client';
import { AuthError } from '../../errors.js';
import type { EmailDomains } from '../../auth/deps.js';
import type { Fetch } from './bounded-fetch.js';

/** How an operator named a provider. */
export interface ProviderOptions {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** Client ids beside `clientId` whose ID tokens are taken. */
  readonly audiences: readonly string[];
  readonly emailDomains: EmailDomains;
}

/** What a provider has said of itself. */
export interface Discovered {
  readonly client: openid.Configuration;
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

const TIMEOUT_SECONDS = 5;
const DISCOVERED_FRESH_MS = 3_600_000;
/** How long no unknown key is asked for after the keys were read; a provider publishes a key before it signs with it. */
const KEYS_COOL_DOWN_MS = 5_000;

/** Reads what a provider says of itself. @throws when it cannot be reached, or says something else. */
async function discover(provider: ProviderOptions, fetch: Fetch): Promise<openid.Configuration> {
  const { issuer, clientId, clientSecret } = provider;
  const client = await openid.discovery(
    new URL(issuer),
    clientId,
    undefined,
    clientSecret === null ? openid.None() : authenticateWith(clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      [openid.customFetch]: fetch as openid.CustomFetch,
      execute: issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [],
    },
  );
  if (client.serverMetadata().issuer !== issuer) throw new Error(`it calls itself ${client.serverMetadata().issuer}`);
  if (!client.serverMetadata().jwks_uri) throw new Error('it names no keys');
  return client;
}

/** Asks a provider as a sign-in would. @returns how many keys it has. @throws as `discover` does. */
export async function readKeys(provider: ProviderOptions, fetch: Fetch): Promise<number> {
  const { jwks_uri: uri = '' } = (await discover(provider, fetch)).serverMetadata();
  const keys = createRemoteJWKSet(new URL(uri), { timeoutDuration: TIMEOUT_SECONDS * 1000, [joseFetch]: fetch });
  await keys.reload();
  return keys.jwks()?.keys.length ?? 0;
}

/** As clients do unless told otherwise (OpenID Connect Core §9), or else in the body. */
function authenticateWith(secret: string): openid.ClientAuth {
  const [basic, post] = [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)];
  return (server, ...request) => {
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server;
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...request);
  };
}

/**
 * A provider's word on itself, read when it is first needed and once an hour from then on. Who asks meanwhile waits for
 * the same answer; where there is none, what was known goes on counting.
 */
export function keepDiscovered(provider: ProviderOptions, fetch: Fetch, clock: () => Date): () => Promise<Discovered> {
  let known: { readonly discovered: Discovered; readonly jwksUri: string; readonly untilMs: number } | null = null;
  let pending: Promise<Discovered> | null = null;

  async function read(): Promise<Discovered> {
    try {
      const client = await discover(provider, fetch);
      const { issuer, jwks_uri: jwksUri = '' } = client.serverMetadata();
      const keys = known?.jwksUri === jwksUri ? known.discovered.keys : remoteKeys(jwksUri, fetch);
      known = { discovered: { client, issuer, keys }, jwksUri, untilMs: clock().getTime() + DISCOVERED_FRESH_MS };
    } catch (error) {
      if (known === null) throw error;
    }
    return known.discovered;
  }

  return async () => {
    if (known && clock().getTime() < known.untilMs) return known.discovered;
    pending ??= read().finally(() => {
      pending = null;
    });
    return pending;
  };
}

/** A key that the provider does not have makes a token invalid; a provider that does not answer says nothing about it. */
function remoteKeys(uri: string, fetch: Fetch): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(uri), {
    timeoutDuration: TIMEOUT_SECONDS * 1000,
    cooldownDuration: KEYS_COOL_DOWN_MS,
    [joseFetch]: fetch,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      if (error instanceof errors.JOSENotSupported) throw error;
      throw unreachable(error);
    }
  };
}

const RETRY_AFTER_SECONDS = 5;

/** The provider does not answer: what was asked may be asked again. */
export function unreachable(cause: unknown): AuthError {
  return Object.assign(new AuthError('UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS }), { cause });
}
