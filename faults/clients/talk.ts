import { graphql, PASSWORD } from '../../bench/contenders/fluxgate-accounts.ts';
import type { HttpRequest } from '../../bench/load/conversation.ts';
import type { Answer as HttpAnswer, Sender } from '../../bench/load/send.ts';
import type { Answer } from '../history.ts';

const SIGNED_IN = `__typename
  ... on AuthPayload { accessToken refreshToken session { id } }
  ... on Error { code }`;
const SIGNUP = `mutation Signup($input: SignupInput!) { signup(input: $input) { ${SIGNED_IN} } }`;
const LOGIN = `mutation Login($input: LoginInput!) { login(input: $input) { ${SIGNED_IN} } }`;
const REFRESH = `mutation Refresh($input: RefreshInput!) { refresh(input: $input) { __typename
  ... on RefreshPayload { refreshToken outcome }
  ... on Error { code } ... on SessionEnded { reason } ... on RateLimited { retryAfterSeconds } } }`;
const REVOKE = `mutation Revoke($input: RevokeInput!) { revoke(input: $input) { __typename ... on Error { code } } }`;
const ME = 'query Me { me { id } }';

export const requests = {
  signup: (email: string) =>
    graphql(SIGNUP, { input: { email, password: PASSWORD, name: 'Faults', delivery: 'BODY' } }),
  login: (email: string) => graphql(LOGIN, { input: { email, password: PASSWORD, delivery: 'BODY' } }),
  refresh: (refreshToken: string) => graphql(REFRESH, { input: { refreshToken } }),
  revoke: (refreshToken: string) => graphql(REVOKE, { input: { refreshToken } }),
  me: (accessToken: string) => graphql(ME, {}, { authorization: `Bearer ${accessToken}` }),
} as const;

export interface SignedIn {
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

type Answered = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  /** Of the one field that was asked for; null where nothing of it came. */
  readonly field: Answered | null;
  /** The code of the first top-level error. */
  readonly errorCode: string | null;
}

/** Sends it. @returns null where no answer came. */
export async function ask(sender: Sender, request: HttpRequest): Promise<Reply | null> {
  return sender.send(request).then(readReply, () => null);
}

function readReply({ status, headers, body }: HttpAnswer): Reply {
  const seconds = Number(headers['retry-after'] ?? NaN);
  return { status, retryAfterSeconds: Number.isNaN(seconds) ? null : seconds, ...readBody(body) };
}

function readBody(body: string): Pick<Reply, 'field' | 'errorCode'> {
  try {
    const { data, errors } = JSON.parse(body) as {
      readonly data?: Record<string, Answered | null> | null;
      readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
    };
    return { field: Object.values(data ?? {})[0] ?? null, errorCode: errors?.[0]?.extensions?.code ?? null };
  } catch {
    return { field: null, errorCode: null }; // a proxy's page, or an answer that was cut off
  }
}

export function readSignedIn(reply: Reply | null): SignedIn | null {
  const { accessToken, refreshToken, session } = (reply?.field ?? {}) as Partial<SignedIn> & {
    readonly session?: { readonly id: string };
  };
  return accessToken && refreshToken && session ? { sessionId: session.id, accessToken, refreshToken } : null;
}

/** What a refresh was answered with. */
export function readRefresh(reply: Reply | null): Answer {
  if (!reply) return { kind: 'none' };
  const { status, retryAfterSeconds, field, errorCode } = reply;
  const { refreshToken, outcome, code, reason } = (field ?? {}) as Readonly<Record<string, string | undefined>>;
  if (refreshToken !== undefined) return { kind: 'tokens', outcome: outcome ?? '', received: refreshToken };
  if (code === 'RATE_LIMITED')
    return { kind: 'busy', status: 429, retryAfterSeconds: Number(field?.['retryAfterSeconds']) };
  if (code !== undefined) return { kind: 'refused', code, reason: reason ?? null };
  if (status >= 500 || status === 429) return { kind: 'busy', status, retryAfterSeconds };
  if (errorCode === 'UNAVAILABLE') return { kind: 'busy', status: 503, retryAfterSeconds };
  return { kind: 'refused', code: `HTTP ${status} ${errorCode ?? ''}`.trim(), reason: null };
}
