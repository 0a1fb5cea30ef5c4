import * as openid from 'openid-client';
import type { LoginSecrets, ProviderAnswer, Providers } from '../../auth/deps.js';
import { isAuthError } from '../../errors.js';
import { createBoundedFetch, type Fetch } from './bounded-fetch.js';
import { keepDiscovered, unreachable, type Discovered, type ProviderOptions } from './discovered.js';
import { judgeIdToken } from './id-token.js';

const REST_AFTER_FAILURE_MS = 5_000;
const SCOPE = 'openid email profile';

export interface ProvidersOptions {
  readonly providers: readonly ProviderOptions[];
  /** The origin that browsers are sent back to. */
  readonly publicUrl: string;
  readonly clock: () => Date;
  /** Told why a provider could not be asked: callers learn no more than UNAVAILABLE. */
  readonly onUnreachable: (provider: string, error: unknown) => void;
  /** How they are asked; `fetch` unless given. */
  readonly fetch?: Fetch;
}

/** Nothing is asked before somebody signs in. */
export function createProviders({
  providers,
  publicUrl,
  clock,
  onUnreachable,
  fetch: plain,
}: ProvidersOptions): Providers {
  const fetch = createBoundedFetch(REST_AFTER_FAILURE_MS, clock, plain);
  const byName = new Map(
    providers.map((provider) => [provider.name, { ...provider, discovered: keepDiscovered(provider, fetch, clock) }]),
  );

  async function ask<T>(
    name: string,
    question: (known: Discovered, provider: ProviderOptions) => Promise<T>,
  ): Promise<T> {
    const provider = byName.get(name);
    if (!provider) throw new Error(`there is no provider ${name}`);
    try {
      return await question(await provider.discovered(), provider);
    } catch (error) {
      onUnreachable(name, error);
      throw isAuthError(error) ? error : unreachable(error);
    }
  }

  const judge = ({ issuer, keys }: Discovered, { clientId, audiences }: ProviderOptions) =>
    judgeIdToken.bind(null, { issuers: spellingsOf(issuer), audiences: [clientId, ...audiences], keys, clock });

  return {
    names: providers.map(({ name }) => name),
    emailDomains: (name) => byName.get(name)?.emailDomains ?? [],

    verifyIdToken: (name, idToken, nonce) => ask(name, (known, provider) => judge(known, provider)(idToken, nonce)),

    authorizationUrl: (name, { state, nonce, codeVerifier }) =>
      ask(name, async ({ client }) => {
        const url = openid.buildAuthorizationUrl(client, {
          redirect_uri: callbackOf(publicUrl, name),
          scope: SCOPE,
          state,
          nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        });
        return url.href;
      }),

    exchangeCode: (name, query, login) =>
      ask(name, async (known, provider) => {
        const callback = new URL(`${callbackOf(publicUrl, name)}?${query}`);
        const granted = await exchange(known.client, callback, login);
        if ('refused' in granted) return granted;
        return judge(known, provider)(granted.idToken, login.nonce);
      }),
  };
}

/** Registered with the provider: where it sends browsers back to. */
function callbackOf(publicUrl: string, name: string): string {
  return `${publicUrl}/auth/${name}/callback`;
}

/** Google's tokens name it with or without its scheme (its OpenID Connect guide, "Validating an ID token"). */
function spellingsOf(issuer: string): readonly [string, ...string[]] {
  return issuer === 'https://accounts.google.com' ? [issuer, 'accounts.google.com'] : [issuer];
}

/** The ID token for a code, or why there is none; throws where the provider did not answer properly. */
async function exchange(
  client: openid.Configuration,
  callback: URL,
  { state, nonce, codeVerifier }: LoginSecrets,
): Promise<{ readonly idToken: string } | Extract<ProviderAnswer, { readonly refused: string }>> {
  try {
    const { id_token: idToken } = await openid.authorizationCodeGrant(client, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
    });
    return idToken === undefined ? { refused: 'no_id_token' } : { idToken };
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === null) throw error;
    return { refused };
  }
}

/** A word for what the browser brought, or null: the provider, or what it knows of us, is at fault. */
function refusalOf(error: unknown): string | null {
  if (error instanceof openid.AuthorizationResponseError)
    return error.error === 'access_denied' ? 'cancelled' : 'refused_by_provider';
  if (error instanceof openid.ResponseBodyError) return error.error === 'invalid_grant' ? 'invalid_code' : null;
  if (!(error instanceof openid.ClientError)) return null;
  return isOfTheToken(error.code ?? '') ? 'invalid_response' : null;
}

/** What the provider answered does not hold, or asks for what no client has to know: a critical extension of a JWS, say. */
function isOfTheToken(code: string): boolean {
  return ['OAUTH_INVALID_RESPONSE', 'OAUTH_UNSUPPORTED_OPERATION'].includes(code) || code.startsWith('OAUTH_JWT_');
}
