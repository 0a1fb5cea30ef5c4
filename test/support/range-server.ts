import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

export interface RangeServer {
  readonly url: string;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Answers nothing, answers with a status, or never ends its answer. */
  trouble: 'none' | 'silent' | 'endless' | 404 | 503;
  close(): Promise<void>;
}

const PADDING = `${'0'.repeat(35)}:0`;

/** As Have I Been Pwned's "Pwned Passwords" answers: suffixes with counts, padded with others that have none. */
export async function startRangeServer(breached: readonly string[], padding: readonly string[]): Promise<RangeServer> {
  const digestOf = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();
  const lines = [
    ...breached.map((text) => [digestOf(text), 3]),
    ...padding.map((text) => [digestOf(text), 0]),
  ] as const;
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    ours.requests.push({ url, headers });
    if (ours.trouble === 'silent') return;
    if (typeof ours.trouble === 'number') return void response.writeHead(ours.trouble).end();
    const prefix = url.slice(url.lastIndexOf('/') + 1);
    const found = lines.filter(([digest]) => String(digest).startsWith(prefix));
    const answer = found.map(([digest, count]) => `${String(digest).slice(5)}:${count}\r\n`).join('') + PADDING;
    if (ours.trouble === 'none') return void response.end(answer);
    pipeline(Readable.from(endlessly(answer)), response, () => undefined); // the client hangs up
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const ours: RangeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`,
    requests: [],
    trouble: 'none',
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return ours;
}

async function* endlessly(answer: string): AsyncGenerator<string> {
  yield answer;
  for (;;) {
    yield 'x'.repeat(65_536);
    await setImmediate(); // the client is in this process, and gets its turn
  }
}
