import { Agent, request as httpRequest } from 'node:http';
import type { HttpRequest } from './conversation.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends single requests over connections that stay open. */
export interface Sender {
  send(request: HttpRequest): Promise<Answer>;
  close(): void;
}

/** @param longestMs after which a request fails; without limit unless given */
export function createSender(url: string, connections: number, longestMs?: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const limit = longestMs === undefined ? {} : { signal: AbortSignal.timeout(longestMs) };
        const options = { agent, method, headers: { ...headers, ...length }, ...limit };
        httpRequest(new URL(path, url), options, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
          response.on('error', reject);
        })
          .on('error', reject)
          .end(body);
      }),
    close: () => agent.destroy(),
  };
}
