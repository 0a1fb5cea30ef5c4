import { URL } from 'node:url';
import { isDuration } from '../options.ts';
import type { HttpReply } from '../network.ts';
import { addSample, requirePhase, requireTags, type RunContext } from '../run-context.ts';
import { responseOf } from './response.ts';

/** As made by expectedStatuses: which statuses are no failure. */
interface StatusExpectation {
  readonly expects: (status: number) => boolean;
}

interface Params {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, unknown>>;
  readonly timeout?: unknown;
  readonly responseCallback?: StatusExpectation;
}

const PARAMS: readonly string[] = ['headers', 'tags', 'timeout', 'responseCallback'] satisfies (keyof Params)[];
const USER_AGENT = 'k6-stand-in (not k6)';
const DEFAULT_TIMEOUT_MS = 60_000; // k6's own
const EXPECTED_BY_DEFAULT: StatusExpectation = { expects: (status) => status >= 200 && status < 400 };
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `k6/http`: as much of it as the scripts use. Requests are real; their times are not measured. */
export function httpModule(context: RunContext) {
  const { problems } = context;

  function request(method: string, url: string, body: unknown, params: Params = {}) {
    requirePhase(context, 'an HTTP request', 'setup', 'vu', 'teardown');
    const unknown = Object.keys(params).find((name) => !PARAMS.includes(name));
    if (unknown !== undefined) problems.refuse('not-provided', `the stand-in provides no http parameter '${unknown}'`);
    if (!URL.canParse(url)) problems.refuse('script', `'${url}' is not a URL`);

    const { host } = new URL(url);
    const cookie = context.cookies.header(host);
    const headers = { 'User-Agent': USER_AGENT, ...(cookie && { Cookie: cookie }), ...headersOf(params) };
    const sent = { url, method, headers, body: textOf(body), timeoutMs: timeoutOf(params) };
    const reply = context.network.roundTrip(sent);
    context.cookies.store(host, reply.setCookies);
    if (reply.status >= 300 && reply.status < 400)
      problems.refuse('not-provided', `${url} redirects, which the stand-in does not follow`);
    record(url, params, reply);
    return responseOf(problems, sent, reply);
  }

  function textOf(body: unknown): string | undefined {
    if (body === null || body === undefined) return undefined;
    return typeof body === 'string' ? body : problems.refuse('not-provided', 'the stand-in sends text only');
  }

  function headersOf({ headers = {} }: Params): Record<string, string> {
    for (const [name, value] of Object.entries(headers))
      if (typeof value !== 'string') problems.refuse('script', `the header ${name} must be text`);
    return headers as Record<string, string>;
  }

  function timeoutOf({ timeout }: Params): number {
    if (timeout === undefined) return DEFAULT_TIMEOUT_MS;
    if (!isDuration(timeout))
      return problems.refuse('script', `the timeout of ${JSON.stringify(timeout)} is no duration`);
    return [...timeout.matchAll(/([\d.]+)([a-z]+)/g)].reduce(
      (sum, [, number, unit = '']) => sum + Number(number) * (UNIT_MS[unit] ?? 0),
      0,
    );
  }

  function record(url: string, params: Params, { status }: HttpReply): void {
    const { expects } = params.responseCallback ?? EXPECTED_BY_DEFAULT;
    const tags = { name: url, status: String(status), ...requireTags(context, url, params.tags ?? {}) };
    addSample(context, 'http_reqs', 1, tags);
    addSample(context, 'http_req_failed', expects(status) ? 0 : 1, tags);
    addSample(context, 'http_req_duration', 1, tags);
  }

  return {
    /** k6 ignores what is one too many, a body for instance; here it ends the run. */
    get(url: string, params?: Params, ...others: unknown[]) {
      if (others.length > 0) problems.refuse('script', 'http.get() takes a URL and parameters, no body');
      return request('GET', url, null, params);
    },
    post: (url: string, body?: unknown, params?: Params) => request('POST', url, body, params),
    del: (url: string, body?: unknown, params?: Params) => request('DELETE', url, body, params),
    expectedStatuses: (...statuses: number[]): StatusExpectation => ({
      expects: (status) => statuses.includes(status),
    }),
  };
}
