import type { Line } from '../../src/auth/operator/import-users.js';
import { MAX_LINE_BYTES, readLines } from '../../src/cli/read-lines.js';

const BOM = '\ufeff';

/** Reads a file that arrives in pieces of `chunkBytes`. */
async function read(content: string | Buffer, chunkBytes = 64 * 1024): Promise<Line[]> {
  const bytes = Buffer.from(content);
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += chunkBytes)
      yield await Promise.resolve(bytes.subarray(start, start + chunkBytes));
  }
  const lines: Line[] = [];
  for await (const line of readLines(chunks())) lines.push(line);
  return lines;
}

const numbered = (...texts: string[]) => texts.map((text, index) => ({ number: index + 1, text }));

describe('the lines of a file', () => {
  it.each([
    ['no file content', '', []],
    ['one line', 'a\n', ['a']],
    ['a last line that does not end', 'a\nb', ['a', 'b']],
    ['empty lines, which have numbers too', 'a\n\n\nb\n', ['a', '', '', 'b']],
    ['CRLF, whose CR is white space to JSON', 'a\r\nb\r\n', ['a\r', 'b\r']],
    ['a byte order mark', `${BOM}a\nb\n`, ['a', 'b']],
    ['one within, where files were joined', `${BOM}a\n${BOM}b\n`, ['a', 'b']],
    ['letters of two, three and four bytes', 'é\n€\n🦊\n', ['é', '€', '🦊']],
    ['the separators that end no line in JSON', 'a\u2028b\u2029c\n', ['a\u2028b\u2029c']],
  ])('are read from %s, however it arrives', async (_, content, texts) => {
    for (const chunkBytes of [1, 2, 3, 64]) expect(await read(content, chunkBytes)).toEqual(numbered(...texts));
  });

  it.each([1_000, 65_536, 1_000_000])(
    'of %i bytes at a time may be as long as allowed, and no longer',
    async (chunk) => {
      const [most, more] = ['x'.repeat(MAX_LINE_BYTES), 'x'.repeat(MAX_LINE_BYTES + 1)];
      expect(await read(`${most}\n${more}\n${'y'.repeat(1_000_000)}\nz\n${more}`, chunk)).toEqual([
        { number: 1, text: most },
        { number: 2, refused: 'longer than 64 KiB' },
        { number: 3, refused: 'longer than 64 KiB' },
        { number: 4, text: 'z' },
        { number: 5, refused: 'longer than 64 KiB' },
      ]);
    },
  );

  it.each([
    ['Latin-1', Buffer.from('José', 'latin1')],
    ['a letter that is cut off', Buffer.from('🦊').subarray(0, 3)],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80])],
    ['a picture', Buffer.from('89504e470d', 'hex')],
  ])('are not guessed at where they are no UTF-8: %s', async (_, bytes) => {
    expect(await read(Buffer.concat([Buffer.from('a\n'), bytes, Buffer.from('\nb\n')]))).toEqual([
      { number: 1, text: 'a' },
      { number: 2, refused: 'not UTF-8 text' },
      { number: 3, text: 'b' },
    ]);
  });
});
