import { randomUUID } from 'node:crypto';
import { PASSWORD, type Gateway } from './gateway.js';

const SIGNED_IN = `__typename
  ... on AuthPayload { accessToken refreshToken user { id email } session { id device { id name } } isNewDevice }
  ... on Error { code message }
  ... on InvalidInput { issues { path message } }
  ... on RateLimited { retryAfterSeconds }`;
const SIGNUP = `mutation ($input: SignupInput!) { signup(input: $input) { ${SIGNED_IN} } }`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { ${SIGNED_IN} } }`;
const LOGIN_WITH_PROVIDER = `mutation ($input: ProviderLoginInput!) { loginWithProvider(input: $input) { ${SIGNED_IN}
  ... on LoginDenied { reference } } }`;
const REFRESH = `mutation ($input: RefreshInput!) { refresh(input: $input) { __typename
  ... on RefreshPayload { accessToken refreshToken outcome session { id } }
  ... on Error { code message } ... on SessionEnded { reason } } }`;

/** A sign-in's answer; on a refusal only the first few are there. */
export interface SignedIn {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly issues?: readonly { readonly path: readonly string[]; readonly message: string }[];
  readonly retryAfterSeconds?: number;
  readonly reference?: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly user: { readonly id: string; readonly email: string };
  readonly session: { readonly id: string; readonly device: { readonly id: string; readonly name: string } };
  readonly isNewDevice: boolean;
}

export interface RefreshedOrRefused {
  readonly __typename: string;
  readonly code?: string;
  readonly reason?: string;
  readonly outcome: 'ROTATED' | 'REPLAYED';
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly session: { readonly id: string };
}

export function freshEmail(): string {
  return `user-${randomUUID()}@example.org`;
}

/** Signs a new user up, tokens in the answer. */
export async function signUp(
  gateway: Pick<Gateway, 'gql'>,
  input: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<SignedIn> {
  const variables = {
    input: { email: freshEmail(), password: PASSWORD, name: 'Test User', delivery: 'BODY', ...input },
  };
  return (await gateway.gql<{ signup: SignedIn }>(SIGNUP, variables, headers)).data.signup;
}

export async function logIn(
  gateway: Pick<Gateway, 'gql'>,
  input: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<SignedIn> {
  const variables = { input: { password: PASSWORD, delivery: 'BODY', ...input } };
  return (await gateway.gql<{ login: SignedIn }>(LOGIN, variables, headers)).data.login;
}

/** Signs in with an ID token, tokens in the answer. */
export async function logInWithProvider(
  gateway: Pick<Gateway, 'gql'>,
  input: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<SignedIn> {
  const variables = { input: { delivery: 'BODY', ...input } };
  return (await gateway.gql<{ loginWithProvider: SignedIn }>(LOGIN_WITH_PROVIDER, variables, headers)).data
    .loginWithProvider;
}

export async function refreshWith(
  gateway: Pick<Gateway, 'gql'>,
  refreshToken: string,
  headers: Record<string, string> = {},
): Promise<RefreshedOrRefused> {
  const answer = await gateway.gql<{ refresh: RefreshedOrRefused }>(REFRESH, { input: { refreshToken } }, headers);
  return answer.data.refresh;
}
