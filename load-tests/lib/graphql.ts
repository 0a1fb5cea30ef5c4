import { check } from 'k6';
import http from 'k6/http';
import { Counter, Rate } from 'k6/metrics';
import { fieldsOf } from './json.ts';
import { BASE_URL, REQUEST_TIMEOUT } from './target.ts';

/** Answers with top-level `errors`, without data, or without JSON. */
const graphqlErrors = new Rate('graphql_errors');
/** Answers whose data is a refusal that was not asked for: the wrong `__typename`. */
const graphqlRefusals = new Rate('graphql_refusals');
/** Refusals because of a rate limit: then the run measures the limit, not the gateway. */
const rateLimited = new Counter('rate_limited');

export interface Operation {
  /** The operation's name, its field, and the `name` tag of everything measured of it. */
  readonly name: string;
  readonly document: string;
  /** The `__typename` that is a success; of a list, that of its first entry. A refusal where one is asked for. */
  readonly wanted: string;
}

/** What came back: the field, whatever its type, and whether it is what was wanted. */
export interface Answer<T> {
  readonly typename: string | undefined;
  /** Only when it is what was wanted. */
  readonly payload: T | undefined;
}

interface Reply {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly unknown[];
}

/** One GraphQL operation over HTTP, checked and counted. Never throws: a load test goes on. */
export function send<T>(
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  accessToken?: string,
): Answer<T> {
  const { name, document, wanted } = operation;
  const tags = { name };
  const response = http.post(
    `${BASE_URL}/graphql`,
    JSON.stringify({ operationName: name, query: document, variables }),
    { headers: headersFor(accessToken), tags, timeout: REQUEST_TIMEOUT },
  );
  const reply = fieldsOf<Reply>(response.body);
  const field = reply.data?.[name];
  const typename = typenameOf(field);
  const failed = reply.errors !== undefined || reply.data === undefined || reply.data === null;

  graphqlErrors.add(failed, tags);
  graphqlRefusals.add(!failed && typename !== wanted, tags);
  if (response.status === 429 || typename === 'RateLimited') rateLimited.add(1, tags);
  const isWanted = check(
    response,
    {
      [`${name}: HTTP 200`]: ({ status }) => status === 200,
      [`${name}: no GraphQL errors`]: () => !failed,
      [`${name}: answers ${wanted}`]: () => typename === wanted,
    },
    tags,
  );
  return { typename, payload: isWanted ? (field as T) : undefined };
}

function headersFor(accessToken: string | undefined): Record<string, string> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  return accessToken === undefined ? headers : { ...headers, Authorization: `Bearer ${accessToken}` };
}

function typenameOf(field: unknown): string | undefined {
  const one: unknown = Array.isArray(field) ? field[0] : field;
  return typeof one === 'object' && one !== null && '__typename' in one ? String(one.__typename) : undefined;
}
