import { check } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { fieldsOf } from './json.ts';
import { BASE_URL, PASSWORD, REQUEST_TIMEOUT } from './target.ts';

/** The REST API, as the first clients use it. Every function checks its answer by status and never throws. */
interface Answer<T> {
  /** 0: there was none. */
  readonly status: number;
  /** Only with HTTP 200. */
  readonly body: T | undefined;
}

export interface RestTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds the access token lives. */
  readonly expiresIn: number;
}

export interface RestSession {
  readonly id: string;
  readonly isCurrent: boolean;
}

export function restLogIn(email: string): RestTokens | undefined {
  return post<RestTokens>('rest_login', '/api/auth/login', { email, password: PASSWORD }).body;
}

/** The whole answer: what a refusal means is for the holder of the token to decide. */
export function restRefresh(refreshToken: string): Answer<{ readonly data: RestTokens }> {
  return post<{ readonly data: RestTokens }>('rest_refresh', '/api/auth/refresh', { refreshToken });
}

export function restLogOut(refreshToken: string): void {
  post('rest_logout', '/api/auth/logout', { refreshToken });
}

export function restMe(accessToken: string): { readonly email: string } | undefined {
  return get<{ readonly email: string }>('rest_me', '/api/auth/me', accessToken).body;
}

export function restSessions(accessToken: string): readonly RestSession[] | undefined {
  return get<{ sessions: readonly RestSession[] }>('rest_sessions', '/api/auth/sessions', accessToken).body?.sessions;
}

function post<T extends object>(name: string, path: string, body: object): Answer<T> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const params = { headers, tags: { name }, timeout: REQUEST_TIMEOUT };
  return read<T>(name, http.post(`${BASE_URL}${path}`, JSON.stringify(body), params));
}

function get<T extends object>(name: string, path: string, accessToken: string): Answer<T> {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${accessToken}` };
  return read<T>(name, http.get(`${BASE_URL}${path}`, { headers, tags: { name }, timeout: REQUEST_TIMEOUT }));
}

function read<T extends object>(name: string, response: RefinedResponse<undefined>): Answer<T> {
  const isOk = check(response, { [`${name}: HTTP 200`]: ({ status }) => status === 200 }, { name });
  return { status: response.status, body: isOk ? (fieldsOf<T>(response.body) as T) : undefined };
}
