import type { Line } from '../auth/operator/import-users.js';

/** Many times what an account or a sign-in takes: a file without line ends does not end up in memory. */
export const MAX_LINE_BYTES = 64 * 1024;

const LINE_END = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * The lines of a text file, whatever it is in truth: a line that is too long or not UTF-8 is one to refuse, not an
 * error. Lines end with LF or CRLF; a byte order mark is no part of them.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let pending: Buffer = NOTHING;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      yield readLine(++number, append(pending, chunk.subarray(start, end)));
      pending = NOTHING;
      start = end + 1;
    }
    pending = append(pending, chunk.subarray(start));
  }
  if (pending.length > 0) yield readLine(++number, pending);
}

/** Keeps one byte more than a line may have, which is enough to know that it has too many. */
function append(pending: Buffer, more: Buffer): Buffer {
  return Buffer.concat([pending, more], Math.min(pending.length + more.length, MAX_LINE_BYTES + 1));
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function readLine(number: number, bytes: Buffer): Line {
  if (bytes.length > MAX_LINE_BYTES) return { number, refused: `longer than ${MAX_LINE_BYTES / 1024} KiB` };
  try {
    return { number, text: decoder.decode(bytes) };
  } catch {
    return { number, refused: 'not UTF-8 text' };
  }
}
