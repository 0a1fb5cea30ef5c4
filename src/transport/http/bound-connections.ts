import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AuthError } from '../../errors.js';

/** Requests of one connection that are answered at once. Browsers and proxies send the next after the answer. */
const MAX_UNANSWERED = 8;
const RETRY_AFTER_SECONDS = 1;

/** As long as a request may take to be sent. */
const UNREAD_DEADLINE_MS = 30_000;
const LOOKS_PER_DEADLINE = 6;

export interface ConnectionBounds {
  /** How long what was answered may wait for its client to read it; 30 s unless given. */
  readonly unreadDeadlineMs?: number;
}

/**
 * Bounds what one connection can make this process hold: a client that does not read its answers is hung up on, and one
 * that sends many requests without waiting for an answer gets a few answered and the others refused with 503.
 */
export function boundConnections(
  app: FastifyInstance,
  { unreadDeadlineMs = UNREAD_DEADLINE_MS }: ConnectionBounds = {},
): void {
  const unanswered = new WeakMap<Socket, number>();
  const count = (socket: Socket, more: 1 | -1) => {
    const now = (unanswered.get(socket) ?? 0) + more;
    unanswered.set(socket, now);
    return now;
  };
  app.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    if (count(socket, 1) <= MAX_UNANSWERED) return done();
    reply.header('connection', 'close');
    done(new AuthError('UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS }));
  });
  app.addHook('onResponse', ({ raw: { socket } }, _reply, done) => {
    count(socket, -1);
    done();
  });
  hangUpOnDeaf(app, unreadDeadlineMs);
}

/** What had been written to a connection when its time began, and when that was. */
interface Unread {
  readonly bytes: number;
  readonly sinceMs: number;
}

/** Looks at all connections now and then, so that a request that is read at once costs nothing. */
function hangUpOnDeaf({ server }: FastifyInstance, deadlineMs: number): void {
  const open = new Map<Socket, Unread | null>();
  server.on('connection', (socket: Socket) => {
    open.set(socket, null);
    socket.once('close', () => open.delete(socket));
  });
  const looking = setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, unread] of open) {
      const sentBytes = socket.bytesWritten - socket.writableLength;
      if (unread && sentBytes < unread.bytes) {
        if (nowMs - unread.sinceMs >= deadlineMs) socket.destroy();
      } else if (unread || socket.writableLength > 0)
        open.set(socket, socket.writableLength > 0 ? { bytes: socket.bytesWritten, sinceMs: nowMs } : null);
    }
  }, deadlineMs / LOOKS_PER_DEADLINE);
  looking.unref();
  server.on('close', () => clearInterval(looking));
}
