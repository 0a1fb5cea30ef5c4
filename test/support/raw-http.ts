import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are, what no HTTP client would send included, and reads until the server hangs up. */
export async function sendRaw(url: string, text: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const chunks: Buffer[] = [];
  const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString();
  const [head = '', ...body] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body: body.join('\r\n\r\n') };
}

/** A GraphQL operation as bytes, with these header lines before its own. */
export function rawOperation(document: string, headers: readonly string[]): string {
  const body = JSON.stringify({ query: document });
  const lines = ['POST /graphql HTTP/1.1', ...headers, 'Content-Type: application/json', 'Connection: close'];
  return `${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
