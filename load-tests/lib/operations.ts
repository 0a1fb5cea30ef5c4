import { send, type Answer } from './graphql.ts';
import { PASSWORD } from './target.ts';

/** The GraphQL operations that journeys are made of. Tokens come in the answer (delivery BODY): a VU is no browser. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds the access token lives. */
  readonly expiresIn: number;
  readonly session: { readonly id: string };
}

export interface SignedIn extends Tokens {
  readonly user: { readonly id: string; readonly email: string };
}

export interface Session {
  readonly id: string;
  readonly isCurrent: boolean;
  readonly device: { readonly id: string };
}

const TOKENS = 'accessToken refreshToken expiresIn session { id }';
const REFUSAL = '... on Error { code message }';

const SIGNUP = {
  name: 'signup',
  wanted: 'AuthPayload',
  document: `mutation signup($input: SignupInput!) {
    signup(input: $input) { __typename ... on AuthPayload { ${TOKENS} user { id email } } ${REFUSAL} } }`,
};
const LOGIN = {
  name: 'login',
  wanted: 'AuthPayload',
  document: `mutation login($input: LoginInput!) {
    login(input: $input) { __typename ... on AuthPayload { ${TOKENS} user { id email } } ${REFUSAL} } }`,
};
const REFRESH = {
  name: 'refresh',
  wanted: 'RefreshPayload',
  document: `mutation refresh($input: RefreshInput!) {
    refresh(input: $input) { __typename ... on RefreshPayload { ${TOKENS} } ${REFUSAL} } }`,
};
const ME = { name: 'me', wanted: 'User', document: 'query me { me { __typename id email } }' };
const SESSIONS = {
  name: 'sessions',
  wanted: 'Session',
  document: 'query sessions { sessions { __typename id isCurrent device { id } } }',
};
const RENAME_DEVICE = {
  name: 'renameDevice',
  wanted: 'RenameDevicePayload',
  document: `mutation renameDevice($deviceId: ID!, $name: String!) {
    renameDevice(deviceId: $deviceId, name: $name) {
      __typename ... on RenameDevicePayload { device { id name } } ${REFUSAL} } }`,
};
const REVOKE = {
  name: 'revoke',
  wanted: 'RevokePayload',
  document: `mutation revoke($input: RevokeInput!) {
    revoke(input: $input) { __typename ... on RevokePayload { session { id status } } ${REFUSAL} } }`,
};
const REVOKE_ALL = {
  name: 'revokeAll',
  wanted: 'RevokeManyPayload',
  document: `mutation revokeAll {
    revokeAll { __typename ... on RevokeManyPayload { revokedCount } ${REFUSAL} } }`,
};

export function signUp(email: string): SignedIn | undefined {
  const input = { email, password: PASSWORD, name: 'Load test', delivery: 'BODY' };
  return send<SignedIn>(SIGNUP, { input }).payload;
}

export function logIn(email: string, deviceName: string): SignedIn | undefined {
  const input = { email, password: PASSWORD, deviceName, delivery: 'BODY' };
  return send<SignedIn>(LOGIN, { input }).payload;
}

/** The whole answer: what a refusal means is for the holder of the token to decide. */
export function refreshWith(refreshToken: string): Answer<Tokens> {
  return send<Tokens>(REFRESH, { input: { refreshToken } });
}

/** For a token whose session has ended: the refusal is what is wanted. */
export function refreshEnded(refreshToken: string): void {
  send({ ...REFRESH, wanted: 'SessionEnded' }, { input: { refreshToken } });
}

export function me(accessToken: string): { readonly email: string } | undefined {
  return send<{ readonly email: string }>(ME, {}, accessToken).payload;
}

export function sessions(accessToken: string): readonly Session[] | undefined {
  return send<readonly Session[]>(SESSIONS, {}, accessToken).payload;
}

export function renameDevice(
  accessToken: string,
  deviceId: string,
  name: string,
): { readonly name: string } | undefined {
  const renamed = send<{ device: { readonly name: string } }>(RENAME_DEVICE, { deviceId, name }, accessToken);
  return renamed.payload?.device;
}

export function revoke(refreshToken: string): { readonly status: string } | undefined {
  return send<{ session: { readonly status: string } }>(REVOKE, { input: { refreshToken } }).payload?.session;
}

export function revokeAll(accessToken: string): { readonly revokedCount: number } | undefined {
  return send<{ readonly revokedCount: number }>(REVOKE_ALL, {}, accessToken).payload;
}
