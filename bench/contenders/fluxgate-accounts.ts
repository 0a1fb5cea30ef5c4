import type { Sender } from '../load/send.ts';
import { postJson, requireProof, type HttpRequest } from '../load/conversation.ts';
import { LOGIN, REFRESH, SIGNUP } from './fluxgate-documents.ts';

export const PASSWORD = 'sturdy-otter-battery-9';

/** A browser's, because parsing it is part of a sign-in; every contender is sent the same. */
export const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'accept-language': 'en-GB,en;q=0.7',
};

export interface Account {
  readonly userId: string;
  readonly email: string;
  /** Of its first session. */
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface SignedUp {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string };
}

export function graphql(
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): HttpRequest {
  return postJson('/graphql', { query, variables }, { ...BROWSER, ...headers });
}

export function signupRequest(email: string): HttpRequest {
  return graphql(SIGNUP, { input: { email, password: PASSWORD, name: 'Bench', delivery: 'BODY' } });
}

export function loginRequest(email: string, password = PASSWORD): HttpRequest {
  return graphql(LOGIN, { input: { email, password, delivery: 'BODY' } });
}

export function refreshRequest(refreshToken: string): HttpRequest {
  return graphql(REFRESH, { input: { refreshToken } });
}

/** As nginx asks it, with what a browser sent. */
export function verifyRequest({ accessToken }: Pick<Account, 'accessToken'>): HttpRequest {
  const forwarded = {
    'x-forwarded-method': 'GET',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'app.bench.example',
    'x-forwarded-uri': '/reports?year=2026',
  };
  const headers = { ...BROWSER, accept: 'text/html,*/*;q=0.8', cookie: `fluxgate_access=${accessToken}`, ...forwarded };
  return { method: 'GET', path: '/auth/verify', headers };
}

export async function signUpAll(sender: Sender, emails: readonly string[]): Promise<Account[]> {
  const accounts: Account[] = [];
  for (const email of emails) {
    const { body } = await sender.send(signupRequest(email));
    const { data } = JSON.parse(body) as { data?: { signup: Partial<SignedUp> } };
    const { accessToken, refreshToken, user } = data?.signup ?? {};
    if (!accessToken || !refreshToken || !user) throw new Error(`${email} was not signed up: ${body}`);
    accounts.push({ email, userId: user.id, accessToken, refreshToken });
  }
  return accounts;
}

/** Gives each account so many sessions more, as clients would: whatever its gateway's tables are. */
export async function signInAll(sender: Sender, accounts: readonly Account[], times: number): Promise<void> {
  for (let nth = 0; nth < times; nth++) {
    for (const { email } of accounts) {
      const { status, body } = await sender.send(loginRequest(email));
      requireProof(status, body, '"AuthPayload"');
    }
  }
}
