import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isAuthError, type AuthError } from '../../errors.js';
import { isOutage, OUTAGE, refusalOf } from '../edge/errors.js';

/**
 * What is refused outside a GraphQL operation: by the HTTP layer itself, or by a use-case behind a REST endpoint.
 * Under /api it is `{error, message}`, else what GraphQL clients read.
 */
export function answerError(
  error: FastifyError | AuthError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refused = isAuthError(error) ? error : isOutage(error) ? OUTAGE : null;
  if (refused) {
    const { httpStatus, headers, topLevelCode, message } = refusalOf(refused);
    const code = isRest(request) ? refused.code : topLevelCode;
    return reply
      .code(httpStatus)
      .headers(headers)
      .send(body(request, code, message));
  }

  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return reply.code(status).send(body(request, 'BAD_REQUEST', describe(status)));
  request.log.error({ err: error }, 'a request failed');
  const message = `Something went wrong on our side. Request ${request.id}.`;
  return reply.code(500).send(body(request, 'INTERNAL', message));
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(404).send(body(request, 'NOT_FOUND', 'There is nothing at this address.'));
}

function isRest(request: FastifyRequest): boolean {
  return request.url.startsWith('/api/');
}

function body(request: FastifyRequest, code: string, message: string): object {
  return isRest(request) ? { error: code, message } : { errors: [{ message, extensions: { code } }] };
}

/** Our words, not the parser's: those repeat what was sent. */
function describe(status: number): string {
  if (status === 413) return 'The request is larger than this server takes.';
  if (status === 415) return 'Send JSON: Content-Type: application/json.';
  return 'The request cannot be read: is it valid JSON?';
}
