import { once } from 'node:events';
import { Server } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/**
 * How long a connection that is kept alive stays open once nothing new is accepted. Whoever was answered a moment ago
 * may have sent the next request already: closed under it, that request would be lost.
 */
const LAST_REQUESTS_MS = 500;

/** How quick a turn of the event loop is in which there is little to do, and how long one is waited for. */
const QUIET_TURN_MS = 0.5;
const LONGEST_WAIT_FOR_QUIET_MS = 1_000;

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether it closes, and answers what is in flight. */
    isDraining(this: void): boolean;
  }
}

/**
 * Makes `app.close()` lose no request: it stops listening at a quiet moment, tells whoever is still answered that the
 * connection closes, and closes those that stay silent, at such a moment too.
 */
export function drainConnections(app: FastifyInstance): void {
  let draining = false;
  let listening = true;
  app.decorate('isDraining', () => draining);
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (!listening) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('preClose', async () => {
    draining = true;
    if (!app.server.listening) return;
    await untilNone(app.server, 'connection'); // one that is waiting would be reset, with the request that was sent on it
    listening = false;
    const silent = new AbortController();
    const gone = once(app.server, 'close', silent).catch(() => undefined);
    Server.prototype.close.call(app.server); // an HTTP server's own would end what is idle at this moment
    await Promise.race([gone, sleep(LAST_REQUESTS_MS)]);
    silent.abort();
    await untilNone(app.server, 'request'); // so would one that has been sent on a connection that is still open
  });
}

/**
 * Until none is left that the system has received and this process has not looked at: after a quick turn of the event
 * loop in which none came. A process that was slow would find a timer due before it finds what it has not read.
 */
async function untilNone(server: Server, event: 'connection' | 'request'): Promise<void> {
  let came = false;
  const onCome = () => (came = true);
  server.on(event, onCome);
  await nextTurn(); // a whole turn is from here to here: it has looked at everything in between
  const givenUpAtMs = performance.now() + LONGEST_WAIT_FOR_QUIET_MS;
  for (let nowMs = performance.now(), quiet = false; !quiet && nowMs < givenUpAtMs;) {
    came = false;
    await nextTurn();
    const turnMs = performance.now() - nowMs;
    quiet = !came && turnMs < QUIET_TURN_MS;
    nowMs += turnMs;
  }
  server.off(event, onCome);
}
