import { strict, type Problems } from '../failure.ts';
import type { HttpReply, HttpRequest } from '../network.ts';

/** k6's codes: of a request that had no answer, and of an answer that is an error. */
const NO_ANSWER_CODE = 1000;
const HTTP_ERROR_BASE = 1000;

/** What k6's http functions give back, without timings: the stand-in measures none. */
export function responseOf(problems: Problems, request: HttpRequest, reply: HttpReply) {
  const body = reply.status === 0 ? null : reply.body;
  return strict(problems, 'response', {
    status: reply.status,
    status_text: reply.status === 0 ? '' : `${reply.status} ${reply.statusText}`,
    url: request.url,
    headers: Object.fromEntries(reply.headers.map(([name, value]) => [canonicalName(name), value])),
    body,
    error: reply.error,
    error_code: reply.status === 0 ? NO_ANSWER_CODE : reply.status >= 400 ? HTTP_ERROR_BASE + reply.status : 0,
  });
}

/** `Cache-Control`: how Go, and so k6, spells a header whatever the server wrote. */
function canonicalName(header: string): string {
  return header.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
