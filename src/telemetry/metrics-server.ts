import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

export interface MetricsServerOptions {
  readonly host: string;
  readonly port: number;
  /** Who reads has to present it as a bearer token; null: whoever reaches the port may read. */
  readonly token: string | null;
  readonly contentType: string;
  readonly read: () => Promise<string>;
  readonly onError: (error: unknown) => void;
}

export interface MetricsServer {
  close(): Promise<void>;
}

/** `GET /metrics`, on a port of its own: what operators read is not for those whom the gateway serves. */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, reply) => {
    void answer(request, options).then(({ status, headers, body }) => reply.writeHead(status, headers).end(body));
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function answer(
  { method, url, headers }: IncomingMessage,
  { token, contentType, read, onError }: MetricsServerOptions,
): Promise<Answer> {
  if (method !== 'GET' || url !== '/metrics') return { status: 404 };
  if (token !== null && !isSame(headers.authorization ?? '', `Bearer ${token}`))
    return { status: 401, headers: { 'www-authenticate': 'Bearer realm="fluxgate metrics"' } };
  try {
    return { status: 200, headers: { 'content-type': contentType }, body: await read() };
  } catch (error) {
    onError(error);
    return { status: 503, headers: { 'retry-after': '5' } };
  }
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
