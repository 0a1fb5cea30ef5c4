import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What reached an application behind a proxy. */
export interface Reached {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
}

export interface EchoApplication {
  readonly port: number;
  readonly reached: Reached[];
  close(): Promise<void>;
}

/** An application that says who it was told is there, and remembers every request that reached it. */
export async function startEchoApplication(): Promise<EchoApplication> {
  const reached: Reached[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request;
    reached.push({ method, url, headers, rawHeaders });
    const user = String(headers['x-fluxgate-user'] ?? 'nobody');
    request.resume();
    response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Application</title><p>Hello, ${user}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
