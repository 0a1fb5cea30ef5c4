import type { FastifyInstance } from 'fastify';

/**
 * Bodies are JSON or nothing. An empty one counts as absent whatever its Content-Type says: clients send the header
 * with requests that have no body. A `__proto__` or `constructor.prototype` key is refused.
 */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') done(null, undefined);
    else void parse(request, text.toString(), done);
  });
}
