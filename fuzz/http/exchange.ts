import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back for some bytes, and how long it took. */
export interface Exchange {
  /** 0 where nothing came that begins like an answer. */
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: string;
  readonly tookMs: number;
  readonly end: 'answered' | 'closed' | 'silent';
}

/** Whoever has not answered by then never will. */
export const SILENCE_MS = 12_000;
/** For bytes that ask for nothing yet: an unfinished request is the server's to wait for. */
const UNFINISHED_SILENCE_MS = 80;
const MAX_ANSWER_BYTES = 4_000_000;

/** Sends bytes as they are on a connection of their own, and reads until the server hangs up. */
export async function exchange(url: string, bytes: Buffer, isWhole: boolean): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  const startedMs = performance.now();
  const chunks: Buffer[] = [];
  let size = 0;
  let silent = false;
  const socket = connect({ port: Number(port), host: hostname, noDelay: true });
  socket.setTimeout(isWhole ? SILENCE_MS : UNFINISHED_SILENCE_MS, () => {
    silent = true;
    socket.destroy();
  });
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if ((size += chunk.length) > MAX_ANSWER_BYTES) socket.destroy();
  });
  socket.on('error', () => undefined); // what had come by then is the answer
  socket.once('connect', () => socket.write(bytes));
  await closed(socket);

  const answer = Buffer.concat(chunks).toString('utf8');
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(head)?.[1] ?? 0);
  return {
    status,
    head,
    body: rest.join('\r\n\r\n'),
    tookMs: performance.now() - startedMs,
    end: status > 0 ? 'answered' : silent ? 'silent' : 'closed',
  };
}

async function closed(socket: Socket): Promise<void> {
  await once(socket, 'close').catch(() => undefined);
}

/** One field of a head; undefined where it is not there. */
export function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim();
}

/** Of a body that may have come in chunks. @returns undefined where it is no JSON */
export function jsonOf(body: string): unknown {
  const from = body.search(/[{[]/);
  const to = Math.max(body.lastIndexOf('}'), body.lastIndexOf(']'));
  if (from < 0 || to < from) return undefined;
  try {
    return JSON.parse(body.slice(from, to + 1).replaceAll(/\r\n[0-9a-f]+\r\n/gi, '')) as unknown;
  } catch {
    return undefined;
  }
}
