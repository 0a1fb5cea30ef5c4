import { once } from 'node:events';
import { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/**
 * How long a connection that is kept alive stays open once nothing new is accepted. Whoever was answered a moment ago
 * may have sent the next request already: closed under it, that request would be lost.
 */
const LAST_REQUESTS_MS = 500;

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether it closes, and answers what is in flight. */
    isDraining(this: void): boolean;
  }
}

/**
 * Makes `app.close()` lose no request: it stops listening, tells whoever is still answered that the connection closes,
 * and closes those that stay silent.
 */
export function drainConnections(app: FastifyInstance): void {
  let draining = false;
  app.decorate('isDraining', () => draining);
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('preClose', async () => {
    draining = true;
    if (!app.server.listening) return;
    const silent = new AbortController();
    const gone = once(app.server, 'close', silent).catch(() => undefined);
    Server.prototype.close.call(app.server); // an HTTP server's own would end what is idle at this moment
    await Promise.race([gone, sleep(LAST_REQUESTS_MS)]);
    silent.abort();
  });
}
