import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RouteShorthandOptions } from 'fastify';
import helmet from 'helmet';
import type { TransportSettings } from './settings.js';
import { contentSecurityPolicy, type Policy } from './content-security-policy.js';

type Headers = Readonly<Record<string, string>>;

/** What browsers are told of every answer. Nothing in it depends on the request, so helmet writes it once. */
export function securityHeaders({ publicUrl }: Pick<TransportSettings, 'publicUrl'>): Headers {
  return written(
    helmet({
      contentSecurityPolicy,
      crossOriginEmbedderPolicy: false,
      crossOriginResourcePolicy: { policy: 'cross-origin' }, // who may read an answer is decided by CORS
      strictTransportSecurity: publicUrl.startsWith('https:'),
      referrerPolicy: { policy: 'no-referrer' },
      xFrameOptions: { action: 'deny' },
    }),
  );
}

/** For the route of a page, which needs another policy than data does. */
export function withPolicy(policy: Policy): RouteShorthandOptions {
  const headers = written(helmet.contentSecurityPolicy(policy));
  return {
    onRequest(_request, reply, done) {
      reply.headers(headers);
      done();
    },
  };
}

function written(write: (request: IncomingMessage, answer: ServerResponse, next: () => void) => void): Headers {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  write(answer.req, answer, () => undefined);
  return Object.fromEntries(Object.entries(answer.getHeaders()).map(([name, value]) => [name, String(value)]));
}
