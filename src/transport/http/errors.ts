import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isAuthError, type AuthError } from '../../errors.js';
import { isOutage, OUTAGE, refusalOf } from '../errors.js';

/** What the HTTP layer itself refuses, before any use-case: in the shape that GraphQL clients read. */
export function answerError(
  error: FastifyError | AuthError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refused = isAuthError(error) ? error : isOutage(error) ? OUTAGE : null;
  if (refused) {
    const { httpStatus, headers, topLevelCode, message } = refusalOf(refused);
    return reply.code(httpStatus).headers(headers).send(body(message, topLevelCode));
  }

  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status < 500) return reply.code(status).send(body(describe(status), 'BAD_REQUEST'));
  request.log.error({ err: error }, 'a request failed');
  return reply.code(500).send(body(`Something went wrong on our side. Request ${request.id}.`, 'INTERNAL'));
}

export function answerNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(404).send(body('There is nothing at this address.', 'NOT_FOUND'));
}

function body(message: string, code: string): object {
  return { errors: [{ message, extensions: { code } }] };
}

/** Our words, not the parser's: those repeat what was sent. */
function describe(status: number): string {
  if (status === 413) return 'The request is larger than this server takes.';
  if (status === 415) return 'Send JSON: Content-Type: application/json.';
  return 'The request cannot be read: is it valid JSON?';
}
